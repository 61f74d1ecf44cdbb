// Names, in every shape they are written in. Lines end with what is expected of them: leak, bulk, safe.
const logger = require("winston").createLogger();
const debug = require("debug")("shop:login");
const pino = require("pino");
const out = pino();
function login(req, res, user, account) {
  logger.info("user " + account.id + " with " + account.password); // leak
  logger.info(`pin ${user.cardNumber}`); // leak
  logger.warn("new key", user.apiKey); // leak
  logger.error({ accessToken: user.grant }); // leak
  logger.log("info", "secret %s", account.clientSecret); // leak
  logger.log({ level: "debug", message: `using ${account.clientSecret}` }); // leak
  out.debug({ refreshToken: account.refresh }, "refreshed"); // leak
  out.child({ password: account.pw }).info("x"); // leak
  debug("got %o", user.credentials); // leak
  console.error("bad", user["password"]); // leak
  console.log(user?.password ?? "none"); // leak
  console.table([user.password]); // leak
  process.stdout.write(user.passphrase + "\n"); // leak
  req.log.info({ authorization: req.headers.authorization }); // leak
  req.log.info(req.headers); // leak
  req.log.info({ headers: req.headers }, "request"); // leak
  this.logger.debug("cookies", req.cookies); // leak
  console.log("env", process.env); // leak
  console.log(process.env.DB_PASSWORD); // leak
  console.log(document.cookie); // leak
  logger.info(`mail sent to ${user.email}`); // leak
  logger.debug("body", req.body); // bulk
  logger.debug("user", user); // bulk
  logger.info(getAccessToken()); // leak
  logger.info(await vault.fetchSecret("db")); // leak
  logger.info("login with password=%s", value); // leak
  logger.info(req.header("Authorization")); // leak
  logger.info(req.get("X-Api-Key")); // leak
  logger.info(localStorage.getItem("accessToken")); // leak
  logger.info(util.format("%s", user.password), 1); // leak
  logger.info([user.id, user.password].join(" ")); // leak
  logger.info(users.map((u) => u.password)); // leak
  logger.info(Object.entries(req.headers)); // leak
  logger.info(Buffer.from(user.password).toString("base64")); // leak
  logger.info(encodeURIComponent(user.token)); // leak
  logger.info({ user: { name: user.id, auth: { secret: user.s } } }); // leak
  console.log.bind(console, password)(); // leak
  (0, console.log)(password); // leak
  console["log"](password); // leak
  login().then((token) => console.log(token)); // leak
  const { body: { password: given } } = req;
  logger.info(given); // leak
  const { authorization = "" } = req.headers;
  logger.info(authorization); // leak
  this.pw = user.password;
  logger.info(this.pw); // leak
  const say = (what) => logger.info(what); // leak
  say(user.password);
  const failure = new Error("bad " + user.password);
  logger.error(failure); // leak

  console.log(`answer: ${JSON.stringify(response.headers)}`); // leak

  logger.info("password changed"); // safe
  logger.info("password", "is", "required"); // safe
  logger.info(`has password: ${!!user.password}`); // safe
  logger.info("length", user.password.length); // safe
  logger.info(typeof user.token, user.token == null, user.token !== other); // safe
  logger.info(user.password ? "set" : "not set"); // safe
  logger.info(user.password && "set"); // safe
  logger.info("page", nextToken, pageToken, tokenCount, maxTokens); // safe
  logger.info(passwordPolicy, secretName, tokenType, publicKey, isTokenValid); // safe
  logger.info(hash(user.password), mask(token), redact(user.apiKey)); // safe
  logger.info(crypto.createHash("sha256").update(password).digest("hex")); // safe
  logger.info(bcrypt.hashSync(password, 10)); // safe
  logger.info(user.passwordHash, user.hashedPassword, encryptedToken); // safe
  logger.info({ password: "***", token: "[REDACTED]" }); // safe
  logger.info({ password: undefined, token: null, hasSecret: true }); // safe
  logger.info(token.slice(-4), token.substring(0, 4), apiKey.substr(0, 3) + "..."); // safe
  logger.info(token.slice(0, 20)); // leak
  logger.info(i18n.password, errors.password, messages.tokenExpired); // safe
  logger.info(process.env.NODE_ENV, process.env.PORT); // safe
  logger.info(req.headers["content-type"], req.get("Accept"), req.headers.host); // safe
  logger.info(Object.keys(req.headers), Object.keys(secrets).length); // safe
  logger.info(validatePassword(password), isValidToken(token), checkSecret(secret)); // safe
  logger.info(password.replace(/./g, "*"), password.replace(/\w/g, "x")); // safe
  logger.info(password.includes("x"), password.startsWith("a")); // safe
  logger.info(errorCode, keyName, authorName, passed, compass, monkey); // safe
  logger.info(t("password"), $t("auth.token.expired")); // safe
  math.log(password); // safe
  render(password); // safe
}
