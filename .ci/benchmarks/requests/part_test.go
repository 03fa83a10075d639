package requests_test

import (
	"testing"

	"benchmarks/report"
)

func TestPartDetection(t *testing.T)   { report.Write(t, "requests", detection(t)...) }
func TestPartConnections(t *testing.T) { report.Write(t, "requests", connections(t)...) }
func TestPartUpgrades(t *testing.T)    { report.Write(t, "requests", upgrades(t)) }
