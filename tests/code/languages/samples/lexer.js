// A file about the tokens of a language.
class Lexer {
  nextToken() {
    const token = this.read();
    console.log("token", token, token.type, this.tokens[0]); // safe
    console.log(accessToken); // leak
    return token;
  }
}
