package api

import (
	"net/url"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/service"
)

// withoutPasswords takes the passwords of all addresses of stores out of what a
// driver says.
func withoutPasswords(text string, stores []service.StoreHealth) string {
	for _, store := range stores {
		text = withoutPassword(text, store.URL)
	}
	return text
}

// withoutPassword takes the passwords of an address out of what a driver says.
func withoutPassword(text, address string) string {
	for _, password := range passwordsOf(address) {
		for _, form := range []string{password, url.QueryEscape(password), url.PathEscape(password)} {
			text = strings.ReplaceAll(text, form, "***")
		}
	}
	return text
}

// passwordsOf are those of an address: that of its user, and parameters such as
// password and sslpassword. Those of an address that is none are not found, and
// no store has such a one.
func passwordsOf(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	var found []string
	if password, ok := u.User.Password(); ok && password != "" {
		found = append(found, password)
	}
	for key, values := range u.Query() {
		if !strings.Contains(strings.ToLower(key), "pass") {
			continue
		}
		for _, value := range values {
			if value != "" {
				found = append(found, value)
			}
		}
	}
	return found
}
