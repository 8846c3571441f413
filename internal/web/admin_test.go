package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestAdminIsForAdministrators(t *testing.T) {
	w := newAccountTown(t)
	paths := []string{"/admin", "/admin/members", "/admin/members/new", "/admin/members/1", "/admin/centers", "/admin/trail"}
	for _, path := range paths {
		w.wants(get(path), 303)
	}
	for _, who := range []string{"aoi", "mentor", "coordinator", "producer", "company"} {
		token := w.in(who)
		for _, path := range paths {
			w.wants(get(path).as(token), 403)
		}
		for _, deed := range []string{"/admin/members/new", "/admin/members/1/roles", "/admin/members/1/disabled", "/admin/members/1/code", "/admin/members/1/invitation", "/admin/centers"} {
			w.wants(post(deed, url.Values{"roles": {"admin"}}).as(token), 403)
		}
	}
}

func TestAddMemberPage(t *testing.T) {
	w := newAccountTown(t)
	admin := w.in("admin")
	w.wants(post("/admin/members/new", url.Values{"name": {""}, "kana": {"x"}, "email": {"aoi@"}, "language": {"en"}, "roles": {"mentor"}}).as(admin), 422,
		`href="#name"`, `href="#kana"`, `href="#email"`, `value="aoi@"`, `value="mentor" checked`, `value="en" checked`)
	w.wants(post("/admin/members/new", url.Values{"name": {"新 人"}, "email": {"AOI@tenarai.example"}, "language": {"ja"}, "roles": {"trainee"}}).as(admin), 422, "もう使われています")
	good := url.Values{"name": {"新田 一"}, "email": {"nitta@tenarai.example"}, "language": {"ja"}, "roles": {"trainee"}, "key": {"ABCDEFGH234567"}}
	first := w.wants(post("/admin/members/new", good).as(admin), 303).Header().Get("Location")
	if second := w.wants(post("/admin/members/new", good).as(admin), 303).Header().Get("Location"); first != second {
		t.Errorf("sent twice: %s and %s", first, second)
	}
	w.wants(get(first).as(admin), 200, "招待を待っています", "nitta@tenarai.example")
	w.wants(post(first+"/invitation", nil).as(admin), 303)
	link := w.letterLink("nitta@tenarai.example", "invitation")
	w.wants(get(link), 200, "手習いへようこそ", `value="新田 一"`)
	token := sessionOf(w.wants(post(link, url.Values{"printed_name": {"新田 はじめ"}, "password": {"a fresh long phrase"}}), 303))
	w.wants(get("/account").as(token), 200, `value="新田 はじめ"`)
	w.wants(get(link), 404, "もう始めた方は")
}

func TestCodePages(t *testing.T) {
	w := newAccountTown(t)
	admin := w.in("admin")
	path := w.wants(post("/admin/members/new", url.Values{"name": {"手紙 無"}, "language": {"ja"}, "roles": {"trainee"}}).as(admin), 303).Header().Get("Location")
	w.wants(get(path).as(admin), 200, "一回だけの番号", "!招待を待っています")
	page := w.wants(post(path+"/code", nil).as(admin), 200, "手紙 無さん")
	code := regexp.MustCompile(`>(\d{4} \d{4})<`).FindStringSubmatch(page.Body.String())
	if code == nil || page.Header().Get("Cache-Control") != "no-store" {
		t.Fatal("no code, or one that may be kept")
	}
	number := path[strings.LastIndex(path, "/")+1:]
	w.wants(post("/code", url.Values{"number": {number}, "code": {"0000 0001"}}), 422, `value="`+number+`"`, "!0000 0001")
	token := sessionOf(w.wants(post("/code", url.Values{"number": {number}, "code": {code[1]}}), 303))
	w.wants(get("/account").as(token), 200, "手紙 無", "!いまのパスワード")
	w.wants(post("/code", url.Values{"number": {number}, "code": {code[1]}}), 422)
}

func TestMemberPage(t *testing.T) {
	w := newAccountTown(t)
	admin, aoi := w.in("admin"), w.in("aoi")
	list := w.wants(get("/admin/members?q="+url.QueryEscape("佐藤 葵")).as(admin), 200, "佐藤 葵", "!伊藤 誠").Body.String()
	path := regexp.MustCompile(`/admin/members/\d+`).FindString(list)
	w.wants(get("/admin/members?q="+url.QueryEscape("<x>%_'\x00")).as(admin), 200, "当てはまる人がいません", "!<x>")
	w.wants(get("/admin/members?role=mentor").as(admin), 200, "伊藤 誠", "!佐藤 葵", `value="mentor" selected`)
	w.wants(post(path+"/roles", nil).as(admin), 422, `href="#roles"`)
	w.wants(post(path+"/roles", url.Values{"roles": {"trainee", "mentor"}}).as(admin), 303)
	w.wants(get("/account").as(aoi), 303) // her rights changed: she signs in anew
	aoi = w.in("aoi")
	w.wants(post(path+"/disabled", url.Values{"disabled": {"on"}}).as(admin), 303)
	w.wants(get("/account").as(aoi), 303)
	w.wants(get(path).as(admin), 200, "停止中", "使えるようにする")
	w.wants(post(path+"/disabled", url.Values{"disabled": {""}}).as(admin), 303)
	w.in("aoi")
	far, err := w.Store.MemberByEmail(t.Context(), "outsider@tenarai.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{memberPath(far.ID), "/admin/members/99999", "/admin/members/x", "/admin/members/-1", "/admin/trail?person=" + memberPath(far.ID)[len("/admin/members/"):]} {
		w.wants(get(p).as(admin), 404)
	}
	for _, deed := range []string{"/roles", "/disabled", "/code", "/invitation"} {
		w.wants(post(memberPath(far.ID)+deed, url.Values{"roles": {"admin"}, "disabled": {"on"}}).as(admin), 404)
	}
}

func TestLastAdministratorStays(t *testing.T) {
	w := newAccountTown(t)
	admin := w.in("admin")
	me, err := w.Store.MemberByEmail(t.Context(), "admin@tenarai.example")
	if err != nil {
		t.Fatal(err)
	}
	w.wants(post(memberPath(me.ID)+"/roles", url.Values{"roles": {"trainee"}}).as(admin), 422, "管理者が一人もいなくなります")
	w.wants(post(memberPath(me.ID)+"/disabled", url.Values{"disabled": {"on"}}).as(admin), 422, "ほかのセンターにもいる方です")
	w.wants(get("/admin").as(admin), 200)
}

func TestCenterAndTrailPages(t *testing.T) {
	w := newAccountTown(t)
	admin := w.in("admin")
	w.wants(get("/admin").as(admin), 200, "学ぶ人", "サインインした")
	w.wants(post("/admin/centers", url.Values{"name": {""}, "promise_days": {"99"}}).as(admin), 422, `href="#name"`, `href="#promise_days"`, `value="99"`)
	w.wants(post("/admin/centers", url.Values{"name": {"湯沢市テレワークセンター"}, "name_en": {"Yuzawa"}, "promise_days": {"2"}}).as(admin), 303)
	w.wants(get("/admin/centers").as(admin), 200, "湯沢市テレワークセンター")
	w.wants(get("/admin/trail?action=center.saved").as(admin), 200, "センターを直した", `value="center.saved" selected`)
	w.wants(get("/admin/trail?action=nonsense&person=x&before=y").as(admin), 200)
	older := regexp.MustCompile(`href="(/admin/trail\?before=[^"]+)"`).FindStringSubmatch(w.wants(get("/admin/trail").as(admin), 200).Body.String())
	if older == nil {
		t.Fatal("the town's trail is on one page")
	}
	w.wants(get(strings.ReplaceAll(older[1], "&amp;", "&")).as(admin), 200, "<tbody>")
}
