// Package contract judges what goes over the wire by the vendor's own documents: the OpenAPI descriptions of VCF 5.2.1 and 9.0.2. It
// serves tests only; nothing of it is linked into the program.
//
// The documents are not in this repository. They are read from the vendor's Go modules, which the go command downloads and verifies,
// see Vendor. A Judge is an http.RoundTripper between a client and a simulated SDDC Manager: it holds every request and every answer
// against the document of the version that the simulated system has at that moment.
//
// The documents are taken stricter than they are: a key that is no property of its schema is a violation, and so is a word that
// is not in a list which a document gives as an example ("One among: ..."). What real systems do otherwise is in one table, Known.
package contract
