#include "backends/processes/job_channel.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace tined;
using backends::PackedRequest;
using backends::ReceivedRequest;

namespace {

struct Channel {
  Channel() {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    give.Reset(ends[0]);
    take.Reset(ends[1]);
  }
  Descriptor give;
  Descriptor take;
};

/// A request with a body of that size; what it views outlives it.
http::Request Sample(std::string& body, std::vector<http::Field>& fields, std::size_t size) {
  body.resize(size);
  for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 31 >> 2);
  fields = {{http::Name::host, "Host", "example.org"}, {http::Name::unknown, "X-Empty", ""}};
  http::Request request;
  request.method = http::Method::post;
  request.method_text = "POST";
  request.target = "/a%20b?c=d";
  request.path = "/a b";
  request.raw_path = "/a%20b";
  request.query = "c=d";
  request.has_query = true;
  request.host = "example.org";
  request.fields = fields;
  request.body = body;
  return request;
}

/// What an executor shows of its request, in a room of that size.
template <std::size_t kRoom>
std::string LineOf(const ReceivedRequest& request) {
  std::array<char, kRoom> room;
  room.fill('x');
  tined::backends::WriteLine(request.request(), room);
  return room.data();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(JobChannelSuite)

BOOST_AUTO_TEST_CASE(a_request_arrives_as_it_was) {
  const Channel channel;
  for (const std::size_t size : {0U, 100U, 63'000U, 70'000U, 5'000'000U}) {
    std::string body;
    std::vector<http::Field> fields;
    http::Request sent = Sample(body, fields, size);
    ledger::Peer peer;
    peer.port = 4711;
    sent.peer = &peer;
    const tls::Told told{tls::Version::tls12, tls::Suite::ecdhe_rsa_aes_128_gcm_sha256, "facts"};
    if (size > 0) sent.tls = &told;
    const PackedRequest packed(7, sent);
    BOOST_TEST((packed.Send(channel.give.get(), channel.give.get()) == channels::SendResult::sent));
    ReceivedRequest received;
    BOOST_TEST((received.Take(channel.take.get()) == ReceivedRequest::Taken::yes));
    const http::Request& got = received.request();
    BOOST_TEST(received.handler() == 7U);
    BOOST_TEST(received.answer() >= 0);
    BOOST_TEST((got.method == http::Method::post));
    BOOST_TEST(got.method_text == "POST");
    BOOST_TEST(got.target == "/a%20b?c=d");
    BOOST_TEST(got.path == "/a b");
    BOOST_TEST(got.raw_path == "/a%20b");
    BOOST_TEST(got.query == "c=d");
    BOOST_TEST(got.has_query);
    BOOST_TEST(got.host == "example.org");
    BOOST_TEST((got.body == body), size);
    BOOST_TEST(!received.is_message());
    BOOST_TEST(got.peer->port == 4711);
    BOOST_TEST_REQUIRE((got.tls != nullptr) == (size > 0));
    if (size > 0) BOOST_TEST(got.tls->facts == "facts");
    BOOST_REQUIRE(got.fields.size() == 2U);
    BOOST_TEST(got.fields[0].value == "example.org");
    BOOST_TEST((got.fields[0].id == http::Name::host));
    BOOST_TEST(got.fields[1].name == "X-Empty");
    BOOST_TEST(LineOf<64>(received) == "POST /a%20b?c=d");
    BOOST_TEST(LineOf<8>(received) == "POST /a");
  }
}

BOOST_AUTO_TEST_CASE(a_message_arrives_as_it_was) {
  const Channel channel;
  for (const std::size_t size : {0U, 100U, 70'000U}) {
    const std::string bytes(size, 'm');
    ledger::Peer peer;
    peer.port = 4711;
    stream::Message sent;
    sent.bytes = bytes;
    sent.state = "remembered";
    sent.peer = &peer;
    const PackedRequest packed(3, sent);
    BOOST_TEST((packed.Send(channel.give.get(), channel.give.get()) == channels::SendResult::sent));
    ReceivedRequest received;
    BOOST_TEST((received.Take(channel.take.get()) == ReceivedRequest::Taken::yes));
    BOOST_TEST(received.is_message());
    BOOST_TEST(received.handler() == 3U);
    BOOST_TEST((received.message().bytes == bytes), size);
    BOOST_TEST(received.message().state == "remembered");
    BOOST_TEST(received.message().peer->port == 4711);
    std::array<char, 64> line{};
    tined::backends::WriteLine(received.message(), line);
    BOOST_TEST(line.data() == (size == 0 ? "a connection that opens"
                                         : "a message of " + std::to_string(size) + " bytes"));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_skipped) {
  const Channel channel;
  ReceivedRequest received;
  // Without a socket for the answer.
  BOOST_TEST(::send(channel.give.get(), "x", 1, 0) == 1);
  BOOST_TEST((received.Take(channel.take.get()) == ReceivedRequest::Taken::no));
}

BOOST_AUTO_TEST_CASE(the_end_is_told) {
  Channel channel;
  channel.give.Reset();
  ReceivedRequest received;
  BOOST_TEST((received.Take(channel.take.get()) == ReceivedRequest::Taken::end));
}

BOOST_AUTO_TEST_CASE(a_full_channel_says_so) {
  const Channel channel;
  std::string body;
  std::vector<http::Field> fields;
  const PackedRequest packed(0, Sample(body, fields, 1000));
  auto result = channels::SendResult::sent;
  for (int i = 0; i < 100'000 && result == channels::SendResult::sent; ++i) {
    result = packed.Send(channel.give.get(), channel.give.get());
  }
  BOOST_TEST((result == channels::SendResult::full));
}

BOOST_AUTO_TEST_SUITE_END()
