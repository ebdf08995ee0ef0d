// Command verifylog checks a log written by Strongroom with the libraries of the Go checksum
// database and of transparency.dev: signatures, tiles, every entry, consistency and a receipt.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tiles struct{ dir string }

func (t tiles) Height() int                         { return 8 }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(ts []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range ts {
		// Path is tile/8/<L>/<N>; tlog-tiles leaves out the height.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.dir, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// head opens a checkpoint; both signatures must verify.
func head(text []byte, ed, ml note.Verifier) tlog.Tree {
	n, err := note.Open(text, note.VerifierList(ed, ml))
	check(err)
	if len(n.Sigs) != 2 || len(n.UnverifiedSigs) != 0 {
		log.Fatalf("%d signatures verified, %d did not", len(n.Sigs), len(n.UnverifiedSigs))
	}
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	return tlog.Tree{N: size, Hash: tlog.Hash(hash)}
}

func leaves(dir string, size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := min(256, size-n*256)
		tile := tlog.Tile{H: 8, L: 0, N: n, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(dir, path))
		check(err)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
	}
	return all
}

func main() {
	dir, edKey, mlKey := os.Args[1], os.Args[2], os.Args[3]
	ed, err := note.NewVerifier(edKey)
	check(err)
	ml, err := fnote.NewMLDSAVerifier(mlKey)
	check(err)

	text, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	check(err)
	tree := head(text, ed, ml)
	reader := tlog.TileHashReader(tree, tiles{dir})

	entries := leaves(dir, tree.N)
	if int64(len(entries)) != tree.N {
		log.Fatalf("%d entries in a log of size %d", len(entries), tree.N)
	}
	for i, leaf := range entries {
		p, err := tlog.ProveRecord(tree.N, int64(i), reader)
		check(err)
		check(tlog.CheckRecord(p, tree.N, tree.Hash, int64(i), tlog.RecordHash(leaf)))
	}

	olderText, err := os.ReadFile(os.Args[4])
	check(err)
	older := head(olderText, ed, ml)
	consistency, err := tlog.ProveTree(tree.N, older.N, reader)
	check(err)
	check(tlog.CheckTree(consistency, tree.N, tree.Hash, older.N, older.Hash))

	receiptText, err := os.ReadFile(os.Args[5])
	check(err)
	var receipt proof.TLogProof
	check(receipt.Unmarshal(receiptText))
	of := head(receipt.Checkpoint, ed, ml)
	var path tlog.RecordProof
	for _, hash := range receipt.Hashes {
		path = append(path, tlog.Hash(hash))
	}
	leaf := tlog.RecordHash(receipt.ExtraData)
	check(tlog.CheckRecord(path, of.N, of.Hash, int64(receipt.Index), leaf))

	fmt.Printf("verified %d entries, consistency from %d, receipt of %d\n", tree.N, older.N, receipt.Index)
}
