// Unwraps with Vault's own client, for comparison. Each line of its input is "CALLERS SECONDS"; the
// line of output after it has the seconds that were taken and the nanoseconds of each call.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	vault "github.com/hashicorp/vault/api"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func unwrap(client *vault.Client, body map[string]interface{}) {
	secret, err := client.Logical().Write("transit/decrypt/strongroom", body)
	check(err)
	key, err := base64.StdEncoding.DecodeString(secret.Data["plaintext"].(string))
	check(err)
	if len(key) != 32 {
		check(fmt.Errorf("that is no data key"))
	}
}

func round(client *vault.Client, body map[string]interface{}, callers int, length time.Duration) string {
	parts := make([][]int64, callers)
	begin := time.Now()
	end := begin.Add(length)
	var all sync.WaitGroup
	for i := range callers {
		all.Add(1)
		go func() {
			defer all.Done()
			for at := time.Now(); at.Before(end); {
				unwrap(client, body)
				now := time.Now()
				parts[i] = append(parts[i], now.Sub(at).Nanoseconds())
				at = now
			}
		}()
	}
	all.Wait()
	line := strings.Builder{}
	fmt.Fprintf(&line, "%f", time.Since(begin).Seconds())
	for _, part := range parts {
		for _, nanos := range part {
			line.WriteString(" " + strconv.FormatInt(nanos, 10))
		}
	}
	return line.String()
}

// Address, token and authority are in the environment, as Vault's tools read them; the arguments are
// ciphertext and context.
func main() {
	config := vault.DefaultConfig()
	check(config.Error)
	// Enough for each caller to keep a connection where it is not HTTP/2.
	config.HttpClient.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	client, err := vault.NewClient(config)
	check(err)
	body := map[string]interface{}{"ciphertext": os.Args[1], "context": os.Args[2]}
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		words := strings.Fields(input.Text())
		callers, err := strconv.Atoi(words[0])
		check(err)
		seconds, err := strconv.ParseFloat(words[1], 64)
		check(err)
		fmt.Println(round(client, body, callers, time.Duration(seconds*float64(time.Second))))
	}
}
