// What the supervisor writes for tined-handshaker, and what that reads of it.
#include "handshaker/start.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>

#include "base/memory_file.hpp"

namespace tined::handshaker {
namespace {

// Paths are bytes: no encoding is promised.
const std::string kBytes("/\xff a", 4);

Start MakeStart() {
  Start start;
  start.log = {log::Level::debug, log::Format::json};
  start.pending = 77;
  start.identity = {true, 1, 2, {3, 4}};
  start.generation = 5;
  start.number = 1;
  start.makes_copies = true;
  start.control = 10;
  start.give = 11;
  start.board = 12;
  start.tickets = 13;
  Listener& web = start.listeners.emplace_back();
  web.name = "web";
  web.protocols = {"h2", "http/1.1"};
  web.tls.certificates = {{kBytes, "a.key", "a.der", {}}, {"b.pem", "b.key", {}, {}}};
  web.tls.min_version = config::Tls::Version::tls13;
  web.tls.groups = {"P-521"};
  web.tls.unknown_host = config::Tls::UnknownHost::reject;
  web.tls.tickets = config::Tickets{Duration(6), 7, "keys", {}};
  web.tls.client_certificates = config::ClientCertificates{"ca", false, 8, "crl", {}};
  web.tls.handshake_timeout = Duration(9);
  web.tls.key_log = "log";
  web.files = {{{20, 21, 22}, {23, 24, -1}}, 25, 26, 27, 28};
  web.sockets = {{30, 31}, {32, UINT64_MAX}};
  Listener& raw = start.listeners.emplace_back();
  raw.name = "raw";
  raw.tls.tickets.reset();
  return start;
}

BOOST_AUTO_TEST_SUITE(StartTest)

BOOST_AUTO_TEST_CASE(all_of_it_arrives) {
  const Start start = Read(Write(MakeStart()).get());
  BOOST_TEST(!start.is_check);
  BOOST_TEST((start.log.level == log::Level::debug));
  BOOST_TEST((start.log.format == log::Format::json));
  BOOST_TEST(start.pending == 77);
  BOOST_TEST((start.identity == children::Identity{true, 1, 2, {3, 4}}));
  BOOST_TEST(start.generation == 5);
  BOOST_TEST(start.number == 1);
  BOOST_TEST(start.makes_copies);
  BOOST_TEST(start.control == 10);
  BOOST_TEST(start.give == 11);
  BOOST_TEST(start.board == 12);
  BOOST_TEST(start.tickets == 13);
  BOOST_REQUIRE(start.listeners.size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_settings_of_a_listener_arrive) {
  const Start start = Read(Write(MakeStart()).get());
  const config::Tls& tls = start.listeners.at(0).tls;
  BOOST_TEST(start.listeners[0].name == "web");
  BOOST_TEST((start.listeners[0].protocols == std::vector<std::string>{"h2", "http/1.1"}));
  BOOST_TEST(tls.certificates.at(0).certificate == kBytes);
  BOOST_TEST(tls.certificates.at(0).ocsp.value() == "a.der");
  BOOST_TEST(tls.certificates.at(1).key == "b.key");
  BOOST_TEST(!tls.certificates.at(1).ocsp);
  BOOST_TEST((tls.min_version == config::Tls::Version::tls13));
  BOOST_TEST((tls.groups == std::vector<std::string>{"P-521"}));
  BOOST_TEST((tls.unknown_host == config::Tls::UnknownHost::reject));
  BOOST_TEST((tls.tickets.value().rotate == Duration(6)));
  BOOST_TEST(tls.tickets->keep == 7);
  BOOST_TEST(tls.tickets->keys.value() == "keys");
  BOOST_TEST(tls.client_certificates.value().ca == "ca");
  BOOST_TEST(!tls.client_certificates->require);
  BOOST_TEST(tls.client_certificates->depth == 8);
  BOOST_TEST(tls.client_certificates->crl.value() == "crl");
  BOOST_TEST((tls.handshake_timeout == Duration(9)));
  BOOST_TEST(tls.key_log.value() == "log");
  const Listener& raw = start.listeners.at(1);
  BOOST_TEST(raw.protocols.empty());
  BOOST_TEST(!raw.tls.tickets);
  BOOST_TEST(!raw.tls.client_certificates);
}

BOOST_AUTO_TEST_CASE(the_descriptors_of_a_listener_arrive) {
  const Start start = Read(Write(MakeStart()).get());
  const Files& files = start.listeners.at(0).files;
  BOOST_TEST(files.certificates.at(0).ocsp == 22);
  BOOST_TEST(files.certificates.at(1).key == 24);
  BOOST_TEST(files.certificates.at(1).ocsp == -1);
  BOOST_TEST(files.ticket_keys == 25);
  BOOST_TEST(files.ca == 26);
  BOOST_TEST(files.crl == 27);
  BOOST_TEST(files.key_log == 28);
  const auto& sockets = start.listeners[0].sockets;
  BOOST_REQUIRE(sockets.size() == 2U);
  BOOST_TEST(sockets[0].descriptor == 30);
  BOOST_TEST(sockets[1].id == UINT64_MAX);
  std::vector<int> all = start.Descriptors();
  std::sort(all.begin(), all.end());
  BOOST_TEST((all == std::vector<int>{10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 32}));
}

BOOST_AUTO_TEST_CASE(nobody_can_change_it) {
  const Descriptor memory = Write(MakeStart());
  BOOST_TEST(::pwrite(memory.get(), "x", 1, 0) == -1);
  BOOST_TEST(errno == EPERM);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused_in_words) {
  BOOST_CHECK_THROW((void)Read(MakeMemoryFile("x", "nothing of ours").get()), std::runtime_error);
  BOOST_CHECK_THROW((void)Read(MakeMemoryFile("x", "").get()), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::handshaker
