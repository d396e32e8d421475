package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

type clientArguments struct {
	metadataDir, metadataURL, targetDir, targetBaseURL string
	targetNames                                        []string
	// clock is the time of the update, where it is not the machine's.
	clock time.Time
}

// initialise gives the root to trust, which go-tuf then replaces by newer ones in the same place.
func initialise(metadataDir, rootFile string) error {
	root, err := os.ReadFile(rootFile)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(metadataDir, "root.json"), root, 0o644)
}

// update refreshes, and downloads what is named.
func (given clientArguments) update() error {
	root, err := os.ReadFile(filepath.Join(given.metadataDir, "root.json"))
	if err != nil {
		return err
	}
	settings, err := config.New(given.metadataURL, root)
	if err != nil {
		return err
	}
	settings.LocalMetadataDir = given.metadataDir
	settings.LocalTargetsDir = given.targetDir
	if given.targetDir == "" {
		settings.LocalTargetsDir = given.metadataDir
	}
	settings.RemoteTargetsURL = given.targetBaseURL
	client, err := updater.New(settings)
	if err != nil {
		return err
	}
	if !given.clock.IsZero() {
		client.UnsafeSetRefTime(given.clock)
	}
	if err := client.Refresh(); err != nil {
		return err
	}
	for _, name := range given.targetNames {
		target, err := client.GetTargetInfo(name)
		if err != nil {
			return err
		}
		_, cached, err := client.FindCachedTarget(target, "")
		if err != nil {
			return err
		}
		if cached != nil {
			continue
		}
		if _, _, err := client.DownloadTarget(target, "", ""); err != nil {
			return err
		}
	}
	return nil
}
