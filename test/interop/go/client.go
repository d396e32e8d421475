package main

import (
	"os"
	"path/filepath"

	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

type clientArguments struct {
	metadataDir, metadataURL, targetDir, targetBaseURL string
	targetNames                                        []string
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
	if err := client.Refresh(); err != nil {
		return err
	}
	for _, name := range given.targetNames {
		target, err := client.GetTargetInfo(name)
		if err != nil {
			return err
		}
		if _, cached, err := client.FindCachedTarget(target, ""); err != nil || cached != nil {
			continue
		}
		if _, _, err := client.DownloadTarget(target, "", ""); err != nil {
			return err
		}
	}
	return nil
}
