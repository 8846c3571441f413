package pdf

import (
	_ "embed"
	"fmt"
)

// The fonts, under the SIL Open Font License 1.1 (fonts/OFL.txt). BIZ UDPGothic is the face of every page: a universal
// design that stays readable in print. Noto Sans JP lends the characters it lacks, such as 𠮷 (U+20BB7).
var (
	//go:embed fonts/BIZUDPGothic_400Regular.ttf
	bizRegular []byte
	//go:embed fonts/BIZUDPGothic_700Bold.ttf
	bizBold []byte
	//go:embed fonts/NotoSansJP_400Regular.ttf
	notoRegular []byte
	//go:embed fonts/NotoSansJP_700Bold.ttf
	notoBold []byte
)

// weight is how heavy a text is set.
type weight int

const (
	regular weight = iota
	bold
	display // large Latin letters: those of BIZ UDPGothic have descenders cut short to fit the Japanese em, which shows
	weights // how many there are
)

// typeface is the main face of every weight, and the face that lends what it lacks.
type typeface struct {
	faces        []*face // each once
	main, lender [weights]*face
}

func newTypeface() (*typeface, error) {
	var t typeface
	for _, f := range []struct {
		name, key string
		data      []byte
	}{
		{"BIZUDPGothic", "F1", bizRegular},
		{"BIZUDPGothic-Bold", "F2", bizBold},
		{"NotoSansJP", "F3", notoRegular},
		{"NotoSansJP-Bold", "F4", notoBold},
	} {
		parsed, err := newFace(f.name, f.key, f.data)
		if err != nil {
			return nil, fmt.Errorf("read font %s: %w", f.name, err)
		}
		t.faces = append(t.faces, parsed)
	}
	t.main = [weights]*face{regular: t.faces[0], bold: t.faces[1], display: t.faces[3]}
	t.lender = [weights]*face{regular: t.faces[2], bold: t.faces[3], display: t.faces[1]}
	return &t, nil
}
