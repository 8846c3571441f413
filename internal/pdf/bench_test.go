package pdf

import (
	"bytes"
	"syscall"
	"testing"
	"time"

	"tenarai/internal/certificate"
)

// BenchmarkCertificate is a certificate of two pages with ordinary content, seal, signature and a credential of three
// kilobytes, in each design; cpu-ms/op is what it takes of a processor, on a busy machine too.
func BenchmarkCertificate(b *testing.B) {
	p := newPrinter(b)
	for _, template := range certificate.Templates {
		b.Run(designName(template, false), func(b *testing.B) {
			s := rich(sample("𠮷田 由美"), template, false)
			s.Credential = bytes.Repeat([]byte("{\"name\":\"湯沢市\"}"), 150)
			b.ReportAllocs()
			before := spent(b)
			size := 0
			for b.Loop() {
				size = len(mustPrint(b, p, s).Bytes)
			}
			b.ReportMetric(float64((spent(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(size), "bytes/doc")
		})
	}
}

// spent is the time this process has been on processors.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
