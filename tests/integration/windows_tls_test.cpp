// Every place at which a worker that serves TLS can die, one after the other: OpenSSL's client, who
// checks the tag and the place of every record, has one answer and every byte of it.
#include <sys/mman.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/file_ways.hpp"
#include "tests/integration/ability.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/secure_client.hpp"
#include "tests/integration/windows.hpp"

using namespace tined::test;

namespace {

using Arm = std::function<void()>;

constexpr const char* kPing = "GET /ping HTTP/1.1\r\nHost: a.example\r\n\r\n";

std::string Bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i + i / 251) % 26);
  return bytes;
}

const std::vector<SecureClient::Wanted>& Kinds() {
  static const std::vector<SecureClient::Wanted> kKinds = {
      {TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"},
      {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"},
      {TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"}};
  return kKinds;
}

struct Secure {
  Secure() {
    const Identity pair = Make({.subject = "a.example", .names = "DNS:a.example"});
    windows.server.Write("a.pem", pair.Certificate());
    windows.server.Write("a.key", pair.PrivateKey());
  }
  static Config Serving() {
    return Config()
        .Listener("web", "127.0.0.1:0", "tls: {certificates: [{certificate: a.pem, key: a.key}]}")
        .Route("/ping", Respond("pong"));
  }
  /// A session that has been answered before; dies anywhere from `act` to the end of an answer that
  /// follows it. How many places there were.
  int OnOpenSession(const SecureClient::Wanted& kind,
                    const std::function<void(SecureClient&)>& act) {
    return windows.ForEach([&](const Arm& arm) {
      SecureClient client(windows.server.Port(), kind);
      BOOST_REQUIRE(client.Get("/ping").body == "pong");
      arm();
      act(client);
      BOOST_REQUIRE(client.Get("/ping").body == "pong");
    });
  }

  Windows windows;
};

/// An account of its own. Of what it could hold, little is ever touched.
struct Account {
  struct Free {
    void operator()(SealAudit* audit) const { ::munmap(audit, sizeof(SealAudit)); }
  };
  static SealAudit* Make() {
    void* const memory = ::mmap(nullptr, sizeof(SealAudit), PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    BOOST_REQUIRE(memory != MAP_FAILED);
    return static_cast<SealAudit*>(memory);
  }
  std::unique_ptr<SealAudit, Free> audit{Make()};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(windows_tls, Secure, *NeedsRescue())

BOOST_AUTO_TEST_CASE(the_first_request_of_a_session) {
  windows.Start(Serving());
  for (const SecureClient::Wanted& kind : Kinds()) {
    const int points = windows.ForEach([&](const Arm& arm) {
      arm();
      SecureClient client(windows.server.Port(), kind);
      BOOST_REQUIRE(client.Get("/ping").body == "pong");
      BOOST_REQUIRE(client.Get("/ping").body == "pong");
    });
    BOOST_TEST(points > 20);
  }
  BOOST_TEST(windows.audit().sent > 0U);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_and_a_new_key) {
  windows.Start(Serving());
  const int points = OnOpenSession(Kinds()[0], [&](SecureClient& client) {
    client.Send(std::string(kPing) + kPing + "GET /none HTTP/1.1\r\nHost: a.example\r\n\r\n");
    client.UpdateKey();
    client.Send(kPing);
    BOOST_REQUIRE(client.Read().body == "pong");
    BOOST_REQUIRE(client.Read().body == "pong");
    BOOST_REQUIRE(client.Read().status == 404);
    BOOST_REQUIRE(client.Read().body == "pong");
  });
  BOOST_TEST(points > 20);
}

BOOST_DATA_TEST_CASE_F(Secure, files, boost::unit_test::data::make(kFileWays), io) {
  const std::string small = Bytes(1024);
  const std::string large = Bytes(700U << 10);
  windows.server.Write("www/small", small);
  windows.server.Write("www/large", large);
  windows.Start(Serving().Route("/files", Files("${DIR}/www", "io: " + io)));
  const int points = OnOpenSession(Kinds()[1], [&](SecureClient& client) {
    BOOST_REQUIRE((client.Get("/files/small").body == small));
    BOOST_REQUIRE((client.Get("/files/large").body == large));
  });
  BOOST_TEST(points > 30);
}

BOOST_AUTO_TEST_CASE(a_body_that_arrives_in_pieces_and_an_answer_of_a_module) {
  windows.Start(Serving().Route("/echo", Module("echo", "run: thread"), "replay: idempotent"));
  const std::string body = Bytes(40000);
  const int points = OnOpenSession(Kinds()[2], [&](SecureClient& client) {
    client.Send("PUT /echo HTTP/1.1\r\nHost: a.example\r\nContent-Length: 40000\r\n\r\n");
    for (std::size_t at = 0; at < body.size(); at += 10000) client.Send(body.substr(at, 10000));
    const SecureClient::Answer answer = client.Read();
    BOOST_REQUIRE(answer.status == 200);
  });
  BOOST_TEST(points > 30);
}

BOOST_AUTO_TEST_CASE(a_session_on_its_way_to_another_worker) {
  windows.Start(Serving());
  const int points = windows.ForEach([&](const Arm& arm) {
    SecureClient client(windows.server.Port(), Kinds()[0]);
    BOOST_REQUIRE(client.Get("/ping").body == "pong");
    client.Send("GET /ping HTTP/1.1\r\nHo");
    arm();
    (void)windows.server.Reload();  // Its canary may be the one that dies.
    client.Send("st: a.example\r\n\r\n");
    BOOST_REQUIRE(client.Read().body == "pong");
    BOOST_REQUIRE(client.Get("/ping").body == "pong");
  });
  BOOST_TEST(points > 20);
}

BOOST_FIXTURE_TEST_CASE(what_has_not_left_may_be_sealed_anew_in_its_seat, Account) {
  audit->OnSealed(/*seat=*/7, /*tag=*/100);
  audit->OnSealed(7, 101);
  audit->OnSent(101);
  audit->OnSent(101);
  BOOST_TEST(audit->is_good());
  BOOST_TEST(audit->sent == 2U);
}

BOOST_FIXTURE_TEST_CASE(two_records_that_leave_in_one_seat_are_noticed, Account) {
  audit->OnSealed(7, 100);
  audit->OnSent(100);
  audit->OnSealed(8, 101);
  audit->OnSent(101);
  BOOST_TEST(audit->is_good());
  audit->OnSealed(7, 102);
  audit->OnSent(102);
  BOOST_TEST(audit->twice == 1U);
  BOOST_TEST(!audit->is_good());
}

BOOST_FIXTURE_TEST_CASE(a_record_that_nobody_has_sealed_is_noticed, Account) {
  audit->OnSent(100);
  BOOST_TEST(audit->unknown == 1U);
  BOOST_TEST(!audit->is_good());
}

BOOST_AUTO_TEST_SUITE_END()
