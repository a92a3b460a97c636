#include "tests/integration/wire.hpp"

namespace tined::test {
namespace {

const Wire* the_wire = nullptr;

}  // namespace

Wire::Wire() {
  server.Write("files/hello.txt", "hello\n");
  server.Write("files/alphabet", "abcdefghijklmnopqrstuvwxyz");
  server.Write("files/coded.txt", "as it is");
  server.Write("files/coded.txt.gz", "gzipped");
  server.Write("files/coded.txt.br", "brotli");
  server.Start(R"(
workers: {count: 1}
listeners:
  - name: web
    address: 127.0.0.1:0
    routes:
      - {path: /ping, respond: {body: "pong\n"}}
      - {path: /files, static: {root: "${DIR}/files"}}
      - {path: /old, redirect: {to: /new}}
      - {path: /post, methods: [POST], respond: {body: "posted\n"}}
      - {path: /off, respond: {status: 405}}
      - {path: /nothing, respond: {status: 204}}
      - {path: /hosted, host: one.example, respond: {body: "one\n"}}
      - {path: /hosted, host: two.example, respond: {body: "two\n"}}
)");
  port = server.Port();
  the_wire = this;
}

Wire::~Wire() { the_wire = nullptr; }

const Wire& TheWire() {
  BOOST_REQUIRE(the_wire != nullptr);
  return *the_wire;
}

Client Connect() { return Client(TheWire().port); }

Answer Ask(const std::string& bytes) { return Connect().Ask(bytes); }

Answer Ask(const std::string& method, const std::string& target, const std::string& lines) {
  Client client = Connect();
  client.Send(method + " " + target + " HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n");
  return client.Read(/*is_head=*/method == "HEAD");
}

void ExpectRefused(int status, const std::string& bytes) {
  BOOST_TEST_CONTEXT(bytes) {
    Client client = Connect();
    client.Send(bytes);
    const Answer answer = client.Read();
    BOOST_TEST(answer.status == status);
    BOOST_TEST(answer["Connection"] == "close");
    client.ShutDown();
    BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  }
}

}  // namespace tined::test
