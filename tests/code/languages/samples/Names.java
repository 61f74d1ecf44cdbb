package shop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

// Names and flow in Java. Lines end with what is expected of them: leak, bulk, safe.
public class Names {
    private static final Logger LOG = LoggerFactory.getLogger(Names.class);
    private static final java.util.logging.Logger jul = java.util.logging.Logger.getLogger("x");
    private static final String PASSWORD = "password";
    private static final String TOKEN_HEADER = "X-Auth-Token";
    private String dbPassword;
    private String maskedKey;

    void names(User user, String apiKey, HttpServletRequest request, Object... rest) {
        LOG.info("key {}", apiKey); // leak
        LOG.info("key {} for {}", user.getId(), user.getPassword()); // leak
        LOG.debug("p " + this.dbPassword); // leak
        LOG.debug(String.format("login %s/%s", user.getName(), user.getPassword())); // leak
        LOG.error("failed", user.getAccessToken()); // leak
        LOG.atInfo().addKeyValue("token", user.getSession().get()).log("x"); // leak
        LOG.atInfo().setMessage("x {}").addArgument(apiKey).log(); // leak
        jul.log(Level.INFO, "secret {0}", user.getClientSecret()); // leak
        jul.severe("secret " + user.clientSecret); // leak
        System.out.println("password: " + dbPassword); // leak
        System.err.printf("%s%n", apiKey); // leak
        Log.d("TAG", "token " + user.token); // leak
        LOG.info("{}", request.getHeader("Authorization")); // leak
        LOG.info("{}", request.getParameter("password")); // leak
        LOG.info("{}", System.getenv("DB_PASSWORD")); // leak
        LOG.info("cookies {}", request.getCookies()); // leak
        LOG.info("mail {}", user.getEmail()); // leak
        MDC.put("token", user.getToken()); // leak
        LOG.info("ids {}", Arrays.asList(apiKey, "x")); // leak
        LOG.info("m {}", Map.of("password", user.getPw())); // leak
        LOG.trace("request {}", request); // bulk

        LOG.info("using {} and {}", PASSWORD, TOKEN_HEADER); // safe
        LOG.info("Password must not be empty"); // safe
        LOG.info("has {}", apiKey != null); // safe
        LOG.info("has {}", user.hasPassword(), user.isTokenValid()); // safe
        LOG.info("n {}", apiKey.length()); // safe
        LOG.info("t {} {}", tokenType, secretName); // safe
        LOG.info("h {}", DigestUtils.sha256Hex(apiKey)); // safe
        LOG.info("e {}", passwordEncoder.encode(user.getPassword())); // safe
        LOG.info("m {}", maskedKey); // safe
        LOG.info("x {}", request.getHeader("Content-Type"), request.getParameter("page")); // safe
        LOG.info("x {}", Constants.PASSWORD, ErrorCode.INVALID_TOKEN); // safe
        LOG.info("x {}", StringUtils.isBlank(apiKey)); // safe
        LOG.info("x {}", validator.validatePassword(dbPassword)); // safe
        LOG.info("tokens {}", tokenizer.nextToken(), continuationToken); // safe
        LOG.info("x {}", apiKey.replaceAll(".", "*")); // safe
        LOG.info("x {}", apiKey.substring(0, 4) + "..."); // safe
        LOG.info("x {}", apiKey.substring(apiKey.length() - 4)); // safe
        LOG.info("x", new IllegalStateException("y")); // safe
        cache.put("password", apiKey); // safe
    }

    void flow(User user) {
        String text = user.getPassword();
        LOG.info(text); // leak
        StringBuilder sb = new StringBuilder("login ");
        sb.append("user=").append(user.getName());
        LOG.info(sb.toString()); // safe
        sb.append(",password=").append(user.getPassword());
        LOG.info(sb.toString()); // leak
        Map<String, Object> map = new HashMap<>();
        map.put("a", 1);
        LOG.info("{}", map); // safe
        map.put("password", user.getPw());
        LOG.info("{}", map); // leak
        List<String> list = new ArrayList<>();
        list.add(user.getToken());
        LOG.info("{}", list); // leak
        for (String one : list) {
            LOG.info(one); // leak
        }
        String message = "url=" + "jdbc:x?password=" + text + "&x";
        LOG.warn(message); // leak
        print(user.getSecret());
        LOG.info(describe(user.getToken())); // leak
        LOG.info(hidden(user.getToken())); // safe
        boolean same = text.equals("x");
        LOG.info("{}", same); // safe
        list.forEach(x -> LOG.info("closure {}", text)); // leak
        Runnable r = () -> { LOG.info(text); }; // leak
        String cut = text == null ? "none" : "set";
        LOG.info(cut); // safe
        LOG.debug(() -> "supplied " + text); // leak
        LOG.debug("supplied {}", () -> user.getPassword()); // leak
        LOG.info(MessageFormat.format("{0}", text)); // leak
        LOG.info("%s".formatted(text)); // leak
        LOG.error("x", new IllegalStateException("bad " + text)); // leak
        Logger.getLogger("x").info(text); // leak
        LogManager.getLogger().warn(text); // leak
        StringJoiner joiner = new StringJoiner(",");
        joiner.add(text);
        LOG.info(joiner.toString()); // leak
        char[] chars = user.getPassword().toCharArray();
        LOG.info(new String(chars)); // leak
    }

    private void print(String value) {
        LOG.info("value {}", value); // leak
    }

    private String describe(String value) {
        return "<" + value + ">";
    }

    private String hidden(String value) {
        return mask(value);
    }
}
