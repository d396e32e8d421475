// go-tuf as a peer: a client that speaks the conformance protocol, a writer of the repositories in plans.json, and a
// client that says what it costs.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var given clientArguments
	flag.StringVar(&given.metadataDir, "metadata-dir", "", "where metadata is kept")
	flag.StringVar(&given.metadataURL, "metadata-url", "", "where metadata is served")
	flag.StringVar(&given.targetDir, "target-dir", "", "where targets are written")
	flag.StringVar(&given.targetBaseURL, "target-base-url", "", "where targets are served")
	flag.Func("target-name", "a target to download; may be repeated", func(name string) error {
		given.targetNames = append(given.targetNames, name)
		return nil
	})
	flag.Parse()
	switch flag.Arg(0) {
	case "refresh", "download":
		return given.update()
	case "init":
		return initialise(given.metadataDir, flag.Arg(1))
	case "vectors":
		return answerLines(os.Stdin, os.Stdout)
	case "write":
		return writeAll(flag.Arg(1), flag.Arg(2))
	case "measure":
		return measure(flag.Arg(1))
	}
	return fmt.Errorf("no such command: %q", flag.Arg(0))
}
