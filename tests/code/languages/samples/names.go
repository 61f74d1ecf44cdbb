package shop

import (
	"context"
	"fmt"
	"log"
	sl "log/slog"
	"os"

	"github.com/sirupsen/logrus"
	"go.uber.org/zap"
	"k8s.io/klog/v2"
)

// Names and flow in Go. Lines end with what is expected of them: leak, bulk, safe.
const tokenHeader = "X-Auth-Token"
const password = "fixed-by-design"

type User struct {
	Name     string
	Password string `json:"-"`
}

type Account struct {
	Name         string
	PasswordHash string
}

type Quiet struct {
	Secret string
}

func (q Quiet) String() string { return "quiet" }

func names(ctx context.Context, user *User, apiKey string, logger *zap.SugaredLogger, r *http.Request, q Quiet, a Account) {
	log.Printf("key %s", apiKey) // leak
	log.Println("p", user.Password) // leak
	fmt.Println("token:", user.Token()) // leak
	fmt.Fprintf(os.Stderr, "%s\n", user.Password) // leak
	println(apiKey) // leak
	sl.Info("login", "password", user.Pw) // leak
	sl.Info("login", sl.String("token", user.T)) // leak
	sl.With("api_key", apiKey).Info("x") // leak
	zap.L().Info("x", zap.String("password", user.Pw)) // leak
	zap.L().Info("x", zap.Any("auth", user.AccessToken)) // leak
	logger.Infow("x", "secret", user.S) // leak
	logger.Infof("x %s", user.ClientSecret) // leak
	logrus.WithField("password", user.Pw).Info("x") // leak
	logrus.WithFields(logrus.Fields{"token": user.T}).Warn("x") // leak
	klog.V(4).Infof("%v", apiKey) // leak
	klog.InfoS("x", "secretKey", user.K) // leak
	zlog.Info().Str("password", user.Pw).Msg("x") // leak
	log.Println(r.Header) // leak
	log.Println(r.Header.Get("Authorization")) // leak
	log.Println(r.Cookies()) // leak
	log.Println(os.Environ()) // leak
	log.Println(os.Getenv("DB_PASSWORD")) // leak
	log.Println(r.FormValue("password")) // leak
	log.Println(user) // leak
	log.Println(string(user.Password), []byte(apiKey)) // leak
	log.Println(r.Body) // bulk

	plog.Warningf("bad token %s", user.AccessToken) // leak
	catalog.Info(user.AccessToken) // safe
	words := strings.Fields(r.Header.Get("Authorization"))
	log.Println(words[0]) // safe
	log.Println(words[1]) // leak
	log.Println(a, q) // safe
	log.Println("password required") // safe
	log.Printf("%T", apiKey) // safe
	log.Println(len(apiKey), apiKey == "", apiKey != "x") // safe
	log.Println(user.PasswordHash, hashPassword(user.Password)) // safe
	log.Println(tokenType, secretName, nextPageToken, tokenHeader, password) // safe
	log.Println(r.Header.Get("Accept"), r.Header["Content-Type"]) // safe
	log.Println(os.Getenv("HOME")) // safe
	log.Println(apiKey[:4], apiKey[len(apiKey)-4:]) // safe
	log.Println(apiKey[:12]) // leak
	log.Println(strings.Repeat("*", len(user.Password))) // safe
	log.Println(checkPassword(user.Password), isTokenExpired(token)) // safe
	fmt.Fprintf(w, "%s", user.Password) // safe
	fmt.Sprintf("%s", user.Password) // safe
	sl.Info("rotated", "token", user.TokenID) // safe
}

func flow(user *User) error {
	text := user.Password
	log.Print(text) // leak
	line := fmt.Sprintf("%s:%s", user.Name, user.Password)
	log.Print(line) // leak
	var b strings.Builder
	b.WriteString(user.Password)
	log.Print(b.String()) // leak
	m := map[string]string{"password": user.Pw}
	log.Print(m) // leak
	m2 := map[string]interface{}{}
	m2["token"] = user.T
	log.Print(m2) // leak
	list := []string{user.Password}
	for _, one := range list {
		log.Print(one) // leak
	}
	all := append(list, "x")
	log.Print(strings.Join(all, ",")) // leak
	token, err := login(user)
	log.Print(err) // safe
	log.Print(token) // leak
	if err := check(user.Password); err != nil {
		log.Print(err) // safe
	}
	body, _ := json.Marshal(map[string]string{"secret": user.S})
	log.Print(string(body)) // leak
	show(user.Password)
	log.Print(describe(user.Password)) // leak
	log.Print(hidden(user.Password)) // safe
	go func() { log.Print(text) }() // leak
	var buf bytes.Buffer
	fmt.Fprintf(&buf, "p=%s", user.Password)
	log.Print(buf.String()) // leak
	failed := fmt.Errorf("no login with %s", user.Password)
	log.Print(failed) // leak
	err = errors.New("no login with " + text)
	log.Print(err) // leak
	_, err = getToken()
	log.Print(err) // safe
	acc := Account{Name: user.Name, PasswordHash: user.Password}
	log.Print(acc) // safe
	return fmt.Errorf("bad %s", user.Name)
}

func show(value string) {
	log.Print(value) // leak
}

func describe(value string) string {
	return "<" + value + ">"
}

func hidden(value string) string {
	return redact(value)
}
