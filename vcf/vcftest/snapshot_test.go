package vcftest

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fill gives every field of a value something that is not zero.
func fill(v reflect.Value, n *int) {
	*n++
	if t, ok := v.Addr().Interface().(*time.Time); ok {
		*t = time.Unix(int64(*n), 0).UTC()
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("s", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n))
	case reflect.Interface:
		v.Set(reflect.ValueOf("any"))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("a kind that is not plain data: " + v.Kind().String())
	}
}

// TestCopiesAreWhole: nothing that is added to state or model can be forgotten by a copy.
func TestCopiesAreWhole(t *testing.T) {
	var st state
	var m Model
	n := 0
	fill(reflect.ValueOf(&st).Elem(), &n)
	fill(reflect.ValueOf(&m).Elem(), &n)
	if got := st.clone(); !reflect.DeepEqual(got, st) {
		t.Errorf("state (-want +got):\n%s", cmp.Diff(st, got, cmp.Exporter(func(reflect.Type) bool { return true })))
	}
	if got := m.clone(); !reflect.DeepEqual(got, m) {
		t.Errorf("model (-want +got):\n%s", cmp.Diff(m, got))
	}
}

func TestSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Model52())
		c := newScript(t, s)
		c.login()
		id := s.DomainID("m01")
		s.SetTarget("m01", "5.2.1.0")
		if _, err := s.StartUpgrade(ForeignUpgrade{Domain: "m01", Component: SDDCManager}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		snap := s.Snapshot()
		other := s.Clone()
		other.SetTarget("m01", "")
		if s.Target("m01") != "5.2.1.0" {
			t.Error("a clone shares state with its origin")
		}
		history := func() []string {
			var out []string
			start := time.Now()
			for range 12 {
				time.Sleep(10 * time.Minute)
				c.login()
				out = append(out, fmt.Sprint(time.Since(start), s.Upgrades()[0].Status, c.kindOf(), s.Versions("m01")))
			}
			return out
		}
		want := history()
		time.Sleep(100 * time.Hour)
		s.Restore(snap)
		if diff := cmp.Diff(want, history()); diff != "" {
			t.Errorf("the same again after Restore (-first +second):\n%s", diff)
		}
		if s.DomainID("m01") != id {
			t.Error("ids changed")
		}
	})
}
