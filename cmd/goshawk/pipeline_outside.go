package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"

	"goshawk/lang/sigma"
)

// request asks an address for a pipeline that may.
func request(ctx context.Context, r sigma.HTTPRequest) ([]byte, error) {
	address, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	if address.Scheme != "http" && address.Scheme != "https" {
		return nil, fmt.Errorf("only addresses of http and https are asked")
	}
	if len(r.Params) > 0 {
		query := address.Query()
		for name, value := range r.Params {
			query.Set(name, value)
		}
		address.RawQuery = query.Encode()
	}
	var body io.Reader
	kind := ""
	switch {
	case r.JSON != nil:
		body, kind = bytes.NewReader(r.JSON), "application/json"
	case r.Form != nil:
		form := url.Values{}
		for name, value := range r.Form {
			form.Set(name, value)
		}
		body, kind = strings.NewReader(form.Encode()), "application/x-www-form-urlencoded"
	}
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	asked, err := http.NewRequestWithContext(ctx, r.Method, address.String(), body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		asked.Header.Set("Content-Type", kind)
	}
	for name, value := range r.Headers {
		asked.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(asked)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		return nil, fmt.Errorf("the answer is %s", answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, r.MaxBody+1))
	if err == nil && int64(len(text)) > r.MaxBody {
		err = fmt.Errorf("the answer is larger than %d bytes", r.MaxBody)
	}
	return text, err
}

// command runs a command for a pipeline that may.
func command(ctx context.Context, c sigma.ShellCommand) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	args := c.Args
	if len(args) == 0 {
		args = []string{"/bin/sh", "-c", c.Line}
	}
	run := exec.CommandContext(ctx, args[0], args[1:]...)
	run.WaitDelay = c.Timeout // what the command has started may hold its output open
	out := &limited{most: c.MaxOutput}
	var complaints bytes.Buffer
	run.Stdout, run.Stderr = out, &limitedTo{&complaints, 4096}
	err := run.Run()
	var exit *exec.ExitError
	switch {
	case out.over:
		return nil, fmt.Errorf("its output is larger than %d bytes", c.MaxOutput)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("it did not end within %s", c.Timeout)
	case errors.As(err, &exit):
		first, _, _ := strings.Cut(strings.TrimSpace(complaints.String()), "\n")
		return nil, fmt.Errorf("%s: %s", exit.Error(), first)
	}
	return out.text.Bytes(), err
}

// limited keeps so many bytes, and refuses more.
type limited struct {
	text bytes.Buffer
	most int64
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	if int64(l.text.Len()+len(p)) > l.most {
		l.over = true
		return 0, errors.New("too much output")
	}
	return l.text.Write(p)
}

// limitedTo keeps the first bytes, and forgets the rest.
type limitedTo struct {
	to   *bytes.Buffer
	most int
}

func (l *limitedTo) Write(p []byte) (int, error) {
	if room := l.most - l.to.Len(); room > 0 {
		l.to.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
