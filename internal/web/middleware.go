package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"tenarai/internal/problem"
)

// Sign-ins that one network address may try. A whole class signs in at once from one center's address; limits per account
// are the deed's.
const (
	loginBurst      = 60
	loginsPerSecond = 0.5
)

// use hangs what every request passes, the outermost first.
func (s *Server) use(e *echo.Echo) {
	e.Pre(numbered, s.logged, s.headed)
	e.Use(
		s.recovered,
		middleware.GzipWithConfig(middleware.GzipConfig{Level: 4, MinLength: 1024, Skipper: func(c echo.Context) bool {
			return strings.HasPrefix(c.Path(), "/static/")
		}}),
		sameSite(),
	)
}

// numbered gives each request an id of our own making; one that a client sends is not believed.
func numbered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, rand.Text()[:12])
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// logged notes every request by its route: never the query, which may hold what somebody typed, and nobody's name.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begin := s.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		route := c.Path()
		if route == "" {
			route = "none"
		}
		s.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
			slog.String("id", requestID(c)), slog.String("method", c.Request().Method), slog.String("route", route),
			slog.Int("status", c.Response().Status), slog.Int64("bytes", c.Response().Size),
			slog.Float64("ms", float64(s.Now().Sub(begin).Microseconds())/1000))
		return nil
	}
}

// securityHeaders stand on every answer. There is no inline style or script anywhere, so none is allowed.
var securityHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

// downloadPolicy is for what people uploaded: a browser that shows it anyway may do nothing with it.
const downloadPolicy = "sandbox; default-src 'none'"

func (s *Server) headed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		for name, value := range securityHeaders {
			h.Set(name, value)
		}
		if !s.Plain {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// recovered turns a panic into an internal error with its trace in the log.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			r := recover()
			if r == nil {
				return
			}
			if e, ok := r.(error); ok && errors.Is(e, http.ErrAbortHandler) {
				panic(r)
			}
			s.Log.Error("panic", "id", requestID(c), "route", c.Path(), "trace", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}()
		return next(c)
	}
}

// sameSite refuses deeds that another site's page asks for (http.CrossOriginProtection: Sec-Fetch-Site, else Origin). With
// SameSite=Lax cookies it makes tokens in forms needless.
func sameSite() echo.MiddlewareFunc {
	guard := http.NewCrossOriginProtection()
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := guard.Check(c.Request()); err != nil {
				return problem.Forbid("web.cross_site")
			}
			return next(c)
		}
	}
}

func prefixNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
