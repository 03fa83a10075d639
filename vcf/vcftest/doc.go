// Package vcftest simulates an SDDC Manager on the wire: the lifecycle part of its REST API, as the 5.2.1 and 9.0.2 specs
// describe it and as a lab saw it behave. It serves tests and the demo.
//
// A Model says how many domains, clusters and hosts there are, how long things take and what goes wrong; New makes a Server from it.
// The Server is an http.Handler. Server.Transport reaches it in memory, without sockets or goroutines, also inside a
// testing/synctest bubble where an upgrade of hours takes milliseconds; Server.Listen puts it behind TLS.
//
// Nothing runs in the background. Every object knows when it began and how long it takes, and a request sees what is true at
// its time. The whole state is plain data: Server.Snapshot copies it, Server.Restore brings it back.
//
// Request bodies are judged strictly, so that a client that sends too much or too little is refused here before it is refused
// in a data centre. Fault breaks single calls; Server.Requests and Server.Count tell what was sent.
//
// The package shares no code with the client it is used to test. What both put on the wire is judged by the vendor's own documents: see
// package contract and the tests named after it.
package vcftest
