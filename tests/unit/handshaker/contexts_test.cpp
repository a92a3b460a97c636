#include "handshaker/contexts.hpp"

#include <fcntl.h>

#include <boost/test/unit_test.hpp>
#include <deque>

#include "base/memory_file.hpp"
#include "base/shared_file.hpp"
#include "handshaker/settings.hpp"
#include "tests/unit/handshake/client.hpp"

namespace tined::handshaker {
namespace {

using handshake::Client;

struct Started {
  /// The number of a file with these bytes.
  int Open(std::string_view bytes) {
    files.push_back(MakeMemoryFile("test", bytes));
    return files.back().get();
  }
  Listener& Add(const std::string& certificate, const std::string& key) {
    Listener& listener = start.listeners.emplace_back();
    listener.name = "web";
    listener.tls.certificates.push_back(
        {.certificate = "a.pem", .key = "a.key", .ocsp = {}, .where = {}});
    listener.files.certificates.push_back(
        {.certificate = Open(certificate), .key = Open(key), .ocsp = -1});
    return listener;
  }
  Listener& Add(const test::Identity& of) { return Add(of.Certificate(), of.PrivateKey()); }
  /// All problems, a line each, with the listener's place.
  std::string Problems() {
    std::string text;
    const Contexts contexts(start, nullptr);
    for (const auto& each : contexts.problems()) {
      text += std::to_string(each.listener) + " " + each.text + "\n";
    }
    return text;
  }

  test::Identity identity = test::Make({.names = "DNS:example.org,DNS:www.example.org"});
  std::deque<Descriptor> files;
  Start start;
};

/// A client's handshake with a listener.
handshake::State Meet(Client& client, const handshake::Context& context) {
  handshake::Handshake handshake(context, {.now = WallClock::now()});
  const handshake::State state = handshake::Converse(client, handshake);
  return state;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ContextsTest, Started)

BOOST_AUTO_TEST_CASE(a_listener_has_what_its_files_say) {
  Add(identity);
  const Contexts contexts(start, nullptr);
  BOOST_REQUIRE(contexts.problems().empty());
  Client client({.host = "example.org", .protocols = "\x08http/1.1"});
  BOOST_TEST((Meet(client, contexts.of(0)) == handshake::State::established));
}

BOOST_AUTO_TEST_CASE(files_are_read_from_their_beginning) {
  Add(identity);
  for (const Descriptor& each : files) ::lseek(each.get(), 0, SEEK_END);
  BOOST_TEST(Problems() == "");
}

BOOST_AUTO_TEST_CASE(all_that_is_wrong_is_told_with_its_listener) {
  Add(identity);
  Add(identity.Certificate(), test::Make({}).PrivateKey());
  Add("", identity.PrivateKey());
  const std::string problems = Problems();
  BOOST_TEST(problems.find("0 ") != 0U);
  BOOST_TEST(problems.find("1 a.key") != std::string::npos);
  BOOST_TEST(problems.find("2 a.pem") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_file_or_too_large_is_told) {
  Listener& listener = Add(identity);
  files.emplace_back(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  listener.files.certificates[0].certificate = files.back().get();
  listener.files.certificates[0].key = Open(std::string(kLargestFile + 1, 'x'));
  BOOST_TEST(Problems() ==
             "0 a.pem: is no file: check that it is the right one\n"
             "0 a.key: has more than 1 MiB: check that it is the right one\n");
}

BOOST_AUTO_TEST_CASE(the_supervisor_is_told_of_certificates) {
  Add(identity);
  Add(test::Make({.names = "DNS:" + std::string(60, 'a') + ".org,DNS:" + std::string(60, 'b') +
                           ".org,DNS:" + std::string(60, 'c') + ".org,DNS:" + std::string(60, 'd') +
                           ".org"}));
  const Contexts contexts(start, nullptr);
  BOOST_REQUIRE(contexts.problems().empty());
  const auto board = std::make_unique<shared::HandshakerBoard>();
  contexts.Tell(*board);
  BOOST_TEST(board->certificate_count == 2U);
  BOOST_TEST(board->certificates[0].names.data() == "example.org, www.example.org");
  BOOST_TEST(board->certificates[0].listener == 0U);
  BOOST_TEST(board->certificates[0].expires > WallClock::to_time_t(WallClock::now()));
  BOOST_TEST(board->certificates[1].listener == 1U);
  BOOST_TEST(std::string(board->certificates[1].names.data()).size() == 243U);
}

BOOST_AUTO_TEST_CASE(tickets_are_good_for_whoever_shares_the_ring) {
  const Descriptor file = MakeSharedFile("ring", sizeof(shared::KeyRing));
  const SharedFile<shared::KeyRing> ring(file.get());
  Add(identity);
  const Contexts one(start, &*ring);
  const Contexts other(start, &*ring);
  Client first({.max_version = TLS1_2_VERSION});
  BOOST_TEST((Meet(first, one.of(0)) == handshake::State::established));
  Client again({.max_version = TLS1_2_VERSION, .session = first.session()});
  BOOST_TEST((Meet(again, other.of(0)) == handshake::State::established));
  BOOST_TEST(again.is_resumed());
}

BOOST_AUTO_TEST_CASE(tickets_of_a_file_need_no_ring) {
  Listener& listener = Add(identity);
  listener.tls.tickets->keys = "ticket.keys";
  listener.files.ticket_keys = Open(std::string(80, 'k'));
  const Contexts one(start, nullptr);
  const Contexts other(start, nullptr);
  Client first({.max_version = TLS1_2_VERSION});
  BOOST_TEST((Meet(first, one.of(0)) == handshake::State::established));
  Client again({.max_version = TLS1_2_VERSION, .session = first.session()});
  BOOST_TEST((Meet(again, other.of(0)) == handshake::State::established));
  BOOST_TEST(again.is_resumed());
  listener.files.ticket_keys = Open("");
  BOOST_TEST(Problems().starts_with("0 ticket.keys: "));
}

BOOST_AUTO_TEST_CASE(secrets_are_logged_where_that_is_wanted) {
  Listener& listener = Add(identity);
  listener.tls.key_log = "keys.log";
  listener.files.key_log = Open("");
  const Contexts contexts(start, nullptr);
  Client client;
  BOOST_TEST((Meet(client, contexts.of(0)) == handshake::State::established));
  const std::string log = ReadFile("keys.log", listener.files.key_log).bytes;
  BOOST_TEST(log.find("CLIENT_TRAFFIC_SECRET_0 ") != std::string::npos);
  BOOST_TEST(log.ends_with("\n"));
}

BOOST_AUTO_TEST_CASE(an_answer_of_ocsp_can_be_replaced) {
  const test::Identity authority = test::MakeAuthority("authority");
  const test::Identity server = test::Make({.names = "DNS:a.org", .issuer = &authority});
  Add(identity);
  Add(server.Certificate() + authority.Certificate(), server.PrivateKey());
  Contexts contexts(start, nullptr);
  BOOST_REQUIRE(contexts.problems().empty());
  const auto has_staple = [&] { return !contexts.of(1).certificates()[0].staple().is_empty(); };
  BOOST_TEST(!has_staple());
  contexts.SetStaple(1, MakeMemoryFile("ocsp", test::OcspAnswer(authority, server)));
  BOOST_TEST(has_staple());
  contexts.SetStaple(1, MakeMemoryFile("ocsp", "nonsense"));
  BOOST_TEST(has_staple());
  contexts.SetStaple(77, MakeMemoryFile("ocsp", "nonsense"));
  contexts.SetStaple(1, Descriptor());
  BOOST_TEST(!has_staple());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshaker
