package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// keyring has a private key for each name such as "ed25519:root", made when it is first asked for.
type keyring map[string]keyPair

type keyPair struct {
	signer signature.Signer
	public *metadata.Key
}

func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, ":")
	return kind
}

func (ring keyring) get(name string) (keyPair, error) {
	if pair, ok := ring[name]; ok {
		return pair, nil
	}
	signer, err := newSigner(kindOf(name))
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
	ring[name] = keyPair{signer, key}
	return ring[name], nil
}

func newSigner(kind string) (signature.Signer, error) {
	switch kind {
	case "ed25519":
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return signature.LoadED25519Signer(private)
	case "ecdsa-p256":
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		return signature.LoadECDSASigner(private, crypto.SHA256)
	case "rsa":
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		return signature.LoadRSAPSSSigner(private, crypto.SHA256, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	}
	return nil, fmt.Errorf("no such kind of key: %q", kind)
}
