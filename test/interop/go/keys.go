package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// keyring has a private key for each name such as "ed25519:root", made when it is first asked for.
type keyring map[string]keyPair

type keyPair struct {
	signer  signature.Signer
	public  *metadata.Key
	private crypto.PrivateKey
}

func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, ":")
	return kind
}

func (ring keyring) get(name string) (keyPair, error) {
	if pair, ok := ring[name]; ok {
		return pair, nil
	}
	private, signer, err := newSigner(kindOf(name))
	if err != nil {
		return keyPair{}, err
	}
	publicKey, err := signer.PublicKey()
	if err != nil {
		return keyPair{}, err
	}
	key, err := metadata.KeyFromPublicKey(publicKey)
	if err != nil {
		return keyPair{}, err
	}
	ring[name] = keyPair{signer, key, private}
	return ring[name], nil
}

// save writes the private keys, for whoever takes the repository over.
func (ring keyring) save(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, pair := range ring {
		data, err := x509.MarshalPKCS8PrivateKey(pair.private)
		if err != nil {
			return err
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: data})
		if err := os.WriteFile(filepath.Join(folder, strings.Replace(name, ":", "-", 1)+".pem"), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func newSigner(kind string) (crypto.PrivateKey, signature.Signer, error) {
	switch kind {
	case "ed25519":
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		signer, err := signature.LoadED25519Signer(private)
		return private, signer, err
	case "ecdsa-p256":
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		signer, err := signature.LoadECDSASigner(private, crypto.SHA256)
		return private, signer, err
	case "rsa":
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, nil, err
		}
		signer, err := signature.LoadRSAPSSSigner(private, crypto.SHA256, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		return private, signer, err
	}
	return nil, nil, fmt.Errorf("no such kind of key: %q", kind)
}
