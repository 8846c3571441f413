package badge

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// LargestFile is how many bytes a file may have that a credential is taken out of.
const LargestFile = 16 << 20

// The kinds of files that can be opened.
const (
	KindPDF  = "pdf"
	KindPNG  = "png"
	KindSVG  = "svg"
	KindJSON = "json"
	KindJWT  = "jwt"
)

// Open takes the credential out of a file by what the file holds, whatever its name: a PDF it is attached to, a PNG or SVG
// it was put into, or the credential itself. It answers ErrNotBaked for a document or picture that carries none, and
// ErrUnreadable for what is none of these.
func Open(file []byte) (credential []byte, kind string, err error) {
	if len(file) > LargestFile {
		return nil, "", fmt.Errorf("%w: too large", ErrUnreadable)
	}
	// Some programs put a byte order mark, or a line of their own, before the first character.
	const ahead = 1024
	text := bytes.TrimSpace(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")))
	switch {
	case bytes.HasPrefix(file, []byte(pngSignature)):
		credential, err = Unbake(file)
		return named(credential, KindPNG, err)
	case bytes.HasPrefix(text, []byte("<")):
		credential, err = Unbake(text)
		return named(credential, KindSVG, err)
	case bytes.HasPrefix(text, []byte("{")):
		kind = KindJSON
	case bytes.Contains(file[:min(len(file), ahead)], []byte("%PDF-")):
		credential, err = attached(file)
		return named(credential, KindPDF, err)
	default:
		kind = KindJWT
	}
	if !isCredential(text) {
		return nil, "", ErrUnreadable
	}
	return text, kind, nil
}

// Open is the same for whoever is handed an issuer.
func (Issuer) Open(file []byte) (credential []byte, kind string, err error) { return Open(file) }

// named checks that what was taken out of a file is a credential.
func named(found []byte, kind string, err error) ([]byte, string, error) {
	if err == nil && !isCredential(found) {
		err = ErrNotBaked
	}
	if err != nil {
		return nil, kind, err
	}
	return bytes.TrimSpace(found), kind, nil
}

// isCredential tells whether a text is a credential in either form. It says nothing about its signature.
func isCredential(text []byte) bool {
	if len(text) > Largest {
		return false
	}
	_, _, err := read(strings.TrimSpace(string(text)))
	return err == nil
}

// How much of a PDF is looked at: streams, those of them that begin like a credential, and bytes that begin one.
const (
	mostStreams    = 20_000
	mostCandidates = 32
	taste          = 64
)

// attached finds the first credential among the files embedded in a PDF (ISO 32000-2, 7.11.4). It reads no table of
// objects, which may be broken or hidden in a stream itself: an embedded file is always a stream object of its own, with its
// dictionary before it. Each byte is looked at a few times at most.
func attached(file []byte) ([]byte, error) {
	candidates := 0
	for range mostStreams {
		dict, content, rest, ok := nextStream(file)
		if !ok {
			break
		}
		file = rest
		if !mayHoldFile(dict) || !begins(dict, content) {
			continue
		}
		if candidates++; candidates > mostCandidates {
			break
		}
		if found, err := unpack(dict, content, Largest); err == nil && isCredential(found) {
			return found, nil
		}
	}
	return nil, ErrNotBaked
}

// nextStream is the next stream object: its dictionary, its content as it stands, and what follows.
func nextStream(file []byte) (dict, content, rest []byte, ok bool) {
	at := keywordAt(file)
	if at < 0 {
		return nil, nil, nil, false
	}
	dict, body := file[:at], file[at+len("stream"):]
	if i := bytes.LastIndex(dict, []byte("obj")); i >= 0 {
		dict = dict[i:]
	}
	body = bytes.TrimPrefix(bytes.TrimPrefix(body, []byte("\r")), []byte("\n"))
	end := bytes.Index(body, []byte("endstream"))
	if end < 0 {
		return nil, nil, nil, false
	}
	// The word may stand in the content by chance: a length that leads to it is believed.
	if n := length(dict); n > end && n <= len(body) {
		after := body[n:min(n+len("\r\nendstream"), len(body))]
		if bytes.HasPrefix(bytes.TrimLeft(after, "\r\n"), []byte("endstream")) {
			end = n
		}
	}
	return dict, body[:end], body[end:], true
}

// keywordAt is where the word stream ends a dictionary and begins a line, or -1.
func keywordAt(file []byte) int {
	for from := 0; ; {
		i := bytes.Index(file[from:], []byte("stream"))
		if i < 0 {
			return -1
		}
		at := from + i
		from = at + len("stream")
		if from == len(file) || file[from] != '\r' && file[from] != '\n' {
			continue
		}
		const space = 16 // between the dictionary and the word
		if bytes.HasSuffix(bytes.TrimRight(file[max(0, at-space):at], " \t\r\n"), []byte(">>")) {
			return at
		}
	}
}

// length is the Length that a dictionary says directly, or 0.
func length(dict []byte) int {
	_, after, ok := bytes.Cut(dict, []byte("/Length "))
	if !ok {
		return 0
	}
	digits := after[:len(after)-len(bytes.TrimLeft(after, "0123456789"))]
	if bytes.HasPrefix(bytes.TrimLeft(after[len(digits):], " "), []byte("0 R")) {
		return 0 // it stands in an object of its own
	}
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0
	}
	return n
}

// mayHoldFile tells whether a stream can be an embedded file; their Type may be left out.
func mayHoldFile(dict []byte) bool {
	if bytes.Contains(dict, []byte("/EmbeddedFile")) {
		return true
	}
	for _, other := range []string{"/Image", "/Form", "/ObjStm", "/XRef", "/Metadata", "/FontFile", "/Length1", "/CIDFont", "/FunctionType"} {
		if bytes.Contains(dict, []byte(other)) {
			return false
		}
	}
	return true
}

// begins tells whether a stream's content begins like a credential.
func begins(dict, content []byte) bool {
	start, err := unpack(dict, content, taste)
	if err != nil && !errors.Is(err, errLong) {
		return false
	}
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), " \t\r\n")
	return bytes.HasPrefix(start, []byte("{")) || bytes.HasPrefix(start, []byte("eyJ"))
}

var errLong = errors.New("it is longer")

// unpack is a stream's content, at most so many bytes of it; errLong says that there is more.
func unpack(dict, content []byte, most int) ([]byte, error) {
	var r io.Reader = bytes.NewReader(content)
	switch {
	case bytes.Contains(dict, []byte("/FlateDecode")), bytes.Contains(dict, []byte("/Fl ")):
		unzipped, err := zlib.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = unzipped
	case bytes.Contains(dict, []byte("/Filter")):
		return nil, errors.New("packed in a way that is not known here")
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if len(out) > most {
		return out[:most], errLong
	}
	return out, err
}
