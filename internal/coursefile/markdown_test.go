package coursefile

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tenarai/internal/course"
)

// render makes one text into HTML, as a lesson that stands alone.
func render(t testing.TB, src, lang string, kind textKind) (string, Mistakes) {
	t.Helper()
	var mistakes Mistakes
	body := course.Body{}
	item := &course.Item{Ref: course.Ref{Course: "basics", Module: "start", Item: "x"}}
	l := &loader{Library: &Library{Catalog: &course.Catalog{}, fsys: folder{}.fs(), served: map[course.Ref]map[string]string{}}}
	l.texts = []*text{{file: "x.md", lang: lang, kind: kind, course: &course.Course{}, item: item, source: []byte(src), body: body}}
	l.render()
	mistakes = l.mistakes
	return body[lang].HTML, mistakes
}

func TestMarkdown(t *testing.T) {
	for _, k := range []struct{ name, lang, src, want string }{
		{"bold beside brackets", "ja", "これは**「要点」**です", "<p>これは<strong>「要点」</strong>です</p>"},
		{"bold ending in a full stop", "ja", "**約束です。**守ります", "<p><strong>約束です。</strong>守ります</p>"},
		{"bold quote in ASCII marks", "ja", `これは**"要点"**です`, `<p>これは<strong>&quot;要点&quot;</strong>です</p>`},
		{"bold furigana", "ja", "これは**{要点|ようてん}**です", "<p>これは<strong><ruby>要点<rp>（</rp><rt>ようてん</rt><rp>）</rp></ruby></strong>です</p>"},
		{"emphasis in emphasis", "ja", "**強く*「傾けて」*強く**", "<p><strong>強く<em>「傾けて」</em>強く</strong></p>"},
		{"CommonMark for Latin stays", "en", `a **"b"**c`, `<p>a **&quot;b&quot;**c</p>`},
		{"underscores in names stay", "ja", "daicho_{number}_a.csv", "<p>daicho_{number}_a.csv</p>"},
		{"one tilde is a range", "ja", "9~12時、13~15時", "<p>9~12時、13~15時</p>"},
		{"two tildes cross out", "ja", "値は~~「九」~~十", "<p>値は<del>「九」</del>十</p>"},
		{"furigana", "ja", "{検収|けんしゅう}を待つ", "<p><ruby>検収<rp>（</rp><rt>けんしゅう</rt><rp>）</rp></ruby>を待つ</p>"},
		{"furigana of a word with &", "ja", "{A&B|えーあんどびー}", "<p><ruby>A&amp;B<rp>（</rp><rt>えーあんどびー</rt><rp>）</rp></ruby></p>"},
		{"furigana in code stays", "ja", "`{検収|けんしゅう}`", "<p><code>{検収|けんしゅう}</code></p>"},
		{"lines join in Japanese", "ja", "一行目\n二行目\nExcel\nです", "<p>一行目二行目Excelです</p>"},
		{"lines join across emphasis", "ja", "一行目\n**二行目**\nです", "<p>一行目<strong>二行目</strong>です</p>"},
		{"lines do not join in English", "en", "one\n**two**\n検収 three", "<p>one\n<strong>two</strong>\n検収 three</p>"},
		{"a source has its own line", "ja", "本文。\n出典：法律（2024年11月）", "<p>本文。<br>\n出典：法律（2024年11月）</p>"},
		{"also when it comes first", "ja", "出典：法律（2024年11月）\n本文。\n続き。", "<p>出典：法律（2024年11月）<br>\n本文。続き。</p>"},
		{"escaped blank", "ja", `**あ**\ い`, "<p><strong>あ</strong>い</p>"},
		{"headings have ids by place", "ja", "## 同じ\n\n### 同じ\n\n## 同じ", `<h2 id="s-1">同じ</h2>` + "\n" + `<h3 id="s-2">同じ</h3>` + "\n" + `<h2 id="s-3">同じ</h2>`},
		{"no attributes by writers", "ja", "## 題 {onclick=x}", `<h2 id="s-1">題 {onclick=x}</h2>`},
		{"call-out", "ja", "> [!POINT]\n> 覚える。", `<aside class="callout callout-point" role="note">
<p class="callout-title"><span class="callout-kind">ポイント</span></p>
<p>覚える。</p>
</aside>`},
		{"call-out with a title", "en", "> [!EXAMPLE] At *Ito's*\n> x", `<aside class="callout callout-example" role="note">
<p class="callout-title"><span class="callout-kind">Example: </span>At <em>Ito's</em></p>
<p>x</p>
</aside>`},
		{"answer", "ja", "> [!ANSWER]\n> 三", `<details class="callout callout-answer">
<summary><span class="callout-kind">こたえを見る</span></summary>
<p>三</p>
</details>`},
		{"law says it is for reference", "ja", "> [!LAW]\n> 出典：法（2024年11月）", `<aside class="callout callout-law" role="note">
<p class="callout-title"><span class="callout-kind">法律と制度</span></p>
<p>出典：法（2024年11月）</p>
<p class="callout-reference">参考情報です。最終の判断は注文者や専門家に確かめてください。</p>
</aside>`},
		{"quote", "ja", "> ただの引用", "<blockquote>\n<p>ただの引用</p>\n</blockquote>"},
		{"table", "ja", "| | {数|かず} |\n|:-:|--:|\n| 椀 | 3 |", `<div class="table-scroll" tabindex="0" role="region" aria-label="表1">
<table>
<thead>
<tr>
<td class="align-center"></td>
<th scope="col" class="align-right"><ruby>数<rp>（</rp><rt>かず</rt><rp>）</rp></ruby></th>
</tr>
</thead>
<tbody>
<tr>
<td class="align-center">椀</td>
<td class="align-right">3</td>
</tr>
</tbody>
</table>
</div>`},
		{"list to tick", "ja", "- [ ] 数えた\n- [x] 見た", "<ul>\n<li><span class=\"check\">☐</span> 数えた</li>\n<li><span class=\"check\">☑</span> 見た</li>\n</ul>"},
		{"code", "ja", "```csv\na,\"<b>\"\n```", "<pre tabindex=\"0\"><code>a,&quot;&lt;b&gt;&quot;\n</code></pre>"},
		{"link outside", "ja", "[国税庁](https://www.nta.go.jp/a?b=1&c=2)", `<p><a href="https://www.nta.go.jp/a?b=1&amp;c=2" rel="noopener noreferrer external">国税庁</a></p>`},
		{"bare address ends before Japanese", "ja", "https://www.nta.go.jp/a。次", `<p><a href="https://www.nta.go.jp/a" rel="noopener noreferrer external">https://www.nta.go.jp/a</a>。次</p>`},
		{"address for examples", "ja", "https://shop.example/a と a@b.example.jp と www.example.com", `<p>https://shop.example/a と a@b.example.jp と www.example.com</p>`},
		{"mail address", "ja", "<aoi@yuzawa.jp> に", `<p>aoi@yuzawa.jp に</p>`},
	} {
		t.Run(k.name, func(t *testing.T) {
			got, _ := render(t, k.src, k.lang, lessonText)
			if got = strings.TrimSpace(got); got != k.want {
				t.Errorf("got\n%s\nwant\n%s", got, k.want)
			}
		})
	}
}

func TestEnglishWordsAreFoundWhole(t *testing.T) {
	for _, k := range []struct {
		text, word string
		found      bool
	}{
		{"an invoice.", "invoice", true},
		{"two invoices", "invoice", true},
		{"invoiced", "invoice", false},
		{"reinvoice the invoice", "invoice", true},
		{"reinvoice", "invoice", false},
		{"taxes due", "tax", true},
		{"検収invoice検収", "invoice", true},
		{"invoiceinvoice invoices", "invoice", true},
		{"aaa", "aa", false},
		{"", "invoice", false},
		{"invoice", "", false},
	} {
		if got := containsWord(k.text, k.word); got != k.found {
			t.Errorf("%q in %q: %v", k.word, k.text, got)
		}
	}
}

// Order, model and notes stand on one page: their ids and the names of their regions must not meet.
func TestIDsOfOnePageAreUnique(t *testing.T) {
	lib, _ := town(t).load()
	a := lib.Catalog.Course("basics").Item("start", "ledger").Assignment
	for _, lang := range []string{"ja", "en"} {
		page := a.Brief[lang].HTML + a.Model[lang].HTML + a.Notes[lang].HTML
		seen := map[string]bool{}
		walk(t, page, func(n *html.Node) {
			for _, at := range n.Attr {
				if at.Key == "id" && seen[at.Val] {
					t.Errorf("%s: id %q stands twice", lang, at.Val)
				}
				seen["#"+at.Val] = seen["#"+at.Val] || at.Key == "id"
				seen[at.Val] = seen[at.Val] || at.Key == "id"
			}
		})
		walk(t, page, func(n *html.Node) {
			for _, at := range n.Attr {
				if at.Key == "href" && strings.HasPrefix(at.Val, "#") && !seen[at.Val] {
					t.Errorf("%s: %s leads nowhere", lang, at.Val)
				}
			}
		})
		if !seen["brief-fn-1"] || !seen["model-fn-1"] {
			t.Errorf("%s: the footnotes are missing in %s", lang, page)
		}
	}
}

func walk(t testing.TB, fragment string, visit func(*html.Node)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader("<!doctype html><title>x</title><main>" + fragment + "</main>"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

var (
	allowedTags = strings.Fields(`html head title body main p h1 h2 h3 h4 h5 h6 a em strong del code pre ul ol li blockquote br hr img
 table thead tbody tr th td div section aside details summary span sup ruby rp rt`)
	allowedAttributes = strings.Fields(`id class href rel src alt loading width height role aria-label tabindex scope start title`)
)

// FuzzMarkdown states what holds for every text: it renders, and nothing but known tags with known attributes comes out.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{
		"# a\n\n[x](javascript:alert(1)) ![a](data:x) <b onclick=x>", "> [!ANSWER] <script>\n> x\n\n[^1]\n\n[^1]: y",
		"| {a|あ} |\n|--|\n| `x|y` |\n", "> [!POINT\n> [!X] y\n>> [!LAW]\n>> z", "```js\" onload=\"x\n<script>\n```", "**「あ**「い**」",
		"[a](//evil) [b](/\\evil) <https://x.y/\"onclick=> <javascript:x>", "\t> [!POINT] x\n\t> y", "1. > [!MISTAKE] a\n   > b\n\n   c",
		"[a]: <x\" style=\"y>\n[a]", "~~~a~~b~ *a_b* {|} {あ|} {a|あ", "> [!EXAMPLE] **a\n> b**", "- [ ] \n- [x]", "\x00\xff",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, src string, inJapanese bool) {
		lang := map[bool]string{true: japanese, false: english}[inJapanese]
		out, _ := render(t, strings.ToValidUTF8(src, "�"), lang, briefText)
		ids := map[string]bool{}
		walk(t, out, func(n *html.Node) {
			if !slices.Contains(allowedTags, n.Data) {
				t.Errorf("<%s> in %q", n.Data, out)
			}
			for _, a := range n.Attr {
				if !slices.Contains(allowedAttributes, a.Key) {
					t.Errorf("%s=%q on <%s>", a.Key, a.Val, n.Data)
				}
				if a.Key == "href" && !leadsSafely(a.Val) || a.Key == "src" && !strings.HasPrefix(a.Val, "/courses/") {
					t.Errorf("%s leads to %q", a.Key, a.Val)
				}
				if a.Key == "id" && ids[a.Val] {
					t.Errorf("id %q stands twice", a.Val)
				}
				ids[a.Val] = ids[a.Val] || a.Key == "id"
			}
		})
	})
}

// FuzzYAML states that no file, however broken, stops the reading.
func FuzzYAML(f *testing.F) {
	for name, content := range town(f) {
		if strings.HasSuffix(name, ".yaml") {
			f.Add(content)
		}
	}
	f.Fuzz(func(t *testing.T, content string) {
		in := town(t)
		for _, name := range []string{"skills.yaml", "jobtypes.yaml", "basics/course.yaml", "basics/start/module.yaml", "basics/start/quiz.yaml", "basics/start/ledger/assignment.yaml"} {
			in[name] = content
		}
		for _, m := range second(in.load()) {
			if m.Line < 1 || m.File == "" || m.Message == "" {
				t.Errorf("a mistake without a place: %+v", m)
			}
		}
	})
}

func second[A, B any](_ A, b B) B { return b }
