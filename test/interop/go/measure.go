package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

// measureJob is what a benchmark asks for (test/bench/measure.mjs).
type measureJob struct {
	MetadataURL string `json:"metadataUrl"`
	RootFile    string `json:"rootFile"`
	Store       string `json:"store"`
	Path        string `json:"path"`
	SHA256      string `json:"sha256"`
	Length      int64  `json:"length"`
}

// measuredBytesMax is above go-tuf's own limits, which some of the repositories would meet.
const measuredBytesMax = 512 << 20

// measure says what CPU time a refresh and a search take, user and system of all threads, and how much memory.
func measure(text string) error {
	var job measureJob
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return err
	}
	idle := memoryKiB("VmRSS")
	before := cpuMs()
	if err := job.update(); err != nil {
		return err
	}
	cpu := cpuMs() - before
	peak := memoryKiB("VmHWM")
	return json.NewEncoder(os.Stdout).Encode(members{
		"cpuMs": cpu, "memoryMiB": (peak - idle) / 1024, "peakMiB": peak / 1024,
	})
}

func (job measureJob) update() error {
	root, err := os.ReadFile(job.RootFile)
	if err != nil {
		return err
	}
	settings, err := config.New(strings.TrimSuffix(job.MetadataURL, "/"), root)
	if err != nil {
		return err
	}
	settings.LocalMetadataDir = job.Store
	settings.LocalTargetsDir = job.Store
	settings.SnapshotMaxLength = measuredBytesMax
	settings.TargetsMaxLength = measuredBytesMax
	client, err := updater.New(settings)
	if err != nil {
		return err
	}
	if err := client.Refresh(); err != nil {
		return err
	}
	target, err := client.GetTargetInfo(job.Path)
	if err != nil {
		return err
	}
	if hex.EncodeToString(target.Hashes["sha256"]) != job.SHA256 || target.Length != job.Length {
		return fmt.Errorf("found another target: %d %s", target.Length, target.Hashes["sha256"])
	}
	return nil
}

func cpuMs() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

// memoryKiB reads a line of the process's own status; 0 where there is none, as outside of Linux.
func memoryKiB(field string) float64 {
	status, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) > 1 && words[0] == field+":" {
			amount, _ := strconv.ParseFloat(words[1], 64)
			return amount
		}
	}
	return 0
}
