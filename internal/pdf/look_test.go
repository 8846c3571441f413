package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/skill"
)

// sealPicture is a round red seal, and a signature of three waves.
func sealPicture() []byte {
	const side = 300
	return drawn(side, side, func(x, y int) (color.NRGBA, bool) {
		r := math.Hypot(float64(x-side/2), float64(y-side/2))
		inRing := r < 148 && r > 134
		inBars := r < 118 && (x/34%2 == 0 || y/34%2 == 0) && (x+y)/17%3 != 0
		return color.NRGBA{0xb7, 0x28, 0x2e, 0xe8}, inRing || inBars
	})
}

func signaturePicture() []byte {
	return drawn(420, 120, func(x, y int) (color.NRGBA, bool) {
		wave := 60 + 38*math.Sin(float64(x)/19)*math.Exp(-float64(x)/300) + 10*math.Sin(float64(x)/60)
		return color.NRGBA{0x1a, 0x22, 0x50, 0xff}, x > 10 && x < 410 && math.Abs(float64(y)-wave) < 3.2
	})
}

func drawn(wide, high int, inked func(x, y int) (color.NRGBA, bool)) []byte {
	picture := image.NewNRGBA(image.Rect(0, 0, wide, high))
	for y := range high {
		for x := range wide {
			if c, ok := inked(x, y); ok {
				picture.SetNRGBA(x, y, c)
			}
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, picture) // a buffer takes everything
	return b.Bytes()
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// rich is a sheet with everything a design can ask for.
func rich(c certificate.Certificate, t certificate.Template, portrait bool) certificate.Sheet {
	seal, signature := sealPicture(), signaturePicture()
	c.Until = issued.AddDate(2, 0, 0)
	c.Replaces = certificate.NewNumber([]byte("0123456789"))
	c.Snapshot.Rule = skill.Rule
	c.Snapshot.Kana, c.Snapshot.Latin = "よしだ ゆみ", "Yumi Yoshida"
	c.Snapshot.Design = certificate.Design{
		Template: t, Portrait: portrait, Seal: sumOf(seal), Signature: sumOf(signature),
		Signer: "センター長　伊藤 誠", SignerEn: "Makoto Ito, Director",
	}
	return certificate.Sheet{
		Certificate: c, Address: verifyURL, Pictures: map[string][]byte{sumOf(seal): seal, sumOf(signature): signature},
		Credential: []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"name":"𠮷田"}`),
	}
}

// plain is a sheet of a design with nothing but what it must have.
func plain(c certificate.Certificate, t certificate.Template, portrait bool) certificate.Sheet {
	c.Snapshot.Design = certificate.Design{Template: t, Portrait: portrait}
	return certificate.Sheet{Certificate: c, Address: verifyURL}
}

// skillSample is a certificate of one skill.
func skillSample(name string) certificate.Certificate {
	c := sample(name)
	s := &c.Snapshot
	s.Kind, s.Code, s.Edition = certificate.KindSkill, "BIZ-03", "L2"
	s.Topic = text("見積・請求", "Estimates and invoices")
	s.Title, s.Minutes, s.Modules, s.CanDo = text("", ""), 0, nil, nil
	s.Began, s.Ended = time.Time{}, time.Time{}
	s.Skills = s.Skills[2:3]
	s.Pieces[0].Prior = true
	return c
}

func programmeSample(name string) certificate.Certificate {
	c := sample(name)
	s := &c.Snapshot
	s.Kind, s.Code = certificate.KindProgramme, ""
	s.Topic = text("湯沢市在宅ワーカー養成プログラム 2026年度 春期", "Yuzawa remote worker training programme, spring 2026")
	s.Title = text("", "")
	return c
}

func mustPrint(t testing.TB, p *Printer, s certificate.Sheet) Document {
	t.Helper()
	d, err := p.Certificate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// hugePicture is the head of a picture that would take gigabytes.
func hugePicture() []byte {
	b := sealPicture()
	head := append([]byte("IHDR"), 0, 1, 0, 0, 0, 1, 0, 0, 8, 6, 0, 0, 0)
	copy(b[12:], head)
	return append(binary.BigEndian.AppendUint32(b[:29:29], crc32.ChecksumIEEE(head)), b[33:]...)
}
