// Package vcf is a client of the SDDC Manager lifecycle API of VMware Cloud
// Foundation, versions 5.2 and 9.0.
//
// A [Client] logs in by itself, renews its token ahead of expiry and once after a
// 401. GETs are repeated once; a POST, PATCH or DELETE is sent at most once, except
// where nothing of it reached the server ([Unsent]) or where it was answered 401,
// which is decided before anything is executed.
//
// Answers are decoded leniently, since builds differ: unknown fields and enum words,
// null, missing fields, numbers written as floats or strings, times as milliseconds.
// HTML where JSON was due is an error, never an empty answer. Size, elements and depth
// are bounded, and an answer that contradicts itself, by a key or an id that stands twice,
// is an error: with an error nothing of the answer is believed. [Transient], [Refused] and [Unsent] say what an error
// means for the caller. No error and no log line holds a password or a token.
package vcf
