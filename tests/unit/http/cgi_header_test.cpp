#include "http/cgi_header.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::http {
namespace {

CgiHeader Read(const std::string& text) {
  const CgiHeaderReading reading = ReadCgiHeader(text);
  BOOST_REQUIRE_MESSAGE(reading.header.has_value(), reading.fault);
  return *reading.header;
}

std::string FaultOf(const std::string& text) {
  const CgiHeaderReading reading = ReadCgiHeader(text);
  BOOST_TEST(!reading.header.has_value(), "it was taken: " + text);
  return reading.fault;
}

BOOST_AUTO_TEST_SUITE(CgiHeaderTest)

BOOST_AUTO_TEST_CASE(the_end_is_an_empty_line_with_either_line_end) {
  BOOST_TEST(CgiHeaderSize("A: b\n\nbody", 0) == 6U);
  BOOST_TEST(CgiHeaderSize("A: b\r\n\r\nbody", 0) == 8U);
  BOOST_TEST(CgiHeaderSize("A: b\n\r\nbody", 0) == 7U);
  BOOST_TEST(CgiHeaderSize("A: b\r\n\nbody", 0) == 7U);
  BOOST_TEST(CgiHeaderSize("\nbody", 0) == 1U);
  BOOST_TEST(CgiHeaderSize("\r\nbody", 0) == 2U);
  for (const char* partial :
       {"", "A", "A: b", "A: b\n", "A: b\r\n", "A: b\r\n\r", "A: b\n\r", "\r"}) {
    BOOST_TEST(CgiHeaderSize(partial, 0) == 0U, partial);
  }
}

BOOST_AUTO_TEST_CASE(the_end_is_found_wherever_the_pieces_part) {
  for (const std::string text : {"A: b\n\nbody", "A: b\r\nC: d\r\n\r\nbody", "A: b\n\r\n\n"}) {
    const std::size_t size = CgiHeaderSize(text, 0);
    for (std::size_t known = 0; known < size; ++known) {
      BOOST_TEST_CONTEXT(text << " after " << known) {
        BOOST_TEST(CgiHeaderSize(text.substr(0, known), 0) == 0U);
        BOOST_TEST(CgiHeaderSize(text, known) == size);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_document) {
  const CgiHeader header =
      Read("content-type:text/plain\nX-Other:  a, b \t\r\nSet-Cookie: a=1\n\n");
  BOOST_TEST(header.status == 200);
  BOOST_TEST(header.lines == "content-type: text/plain\r\nX-Other: a, b\r\nSet-Cookie: a=1\r\n");
  BOOST_TEST(!header.content_length.has_value());
  BOOST_TEST(header.local_redirect == "");
}

BOOST_AUTO_TEST_CASE(status_and_length) {
  const CgiHeader header = Read("Status: 404 Not here\nContent-Length: 12\n\n");
  BOOST_TEST(header.status == 404);
  BOOST_TEST(header.lines == "");
  BOOST_TEST(header.content_length.value() == 12U);
  BOOST_TEST(Read("Status: 599\n\n").status == 599);
}

BOOST_AUTO_TEST_CASE(fields_about_the_connection_and_the_servers_own_are_dropped) {
  const CgiHeader header = Read(
      "Content-Type: a/b\nConnection: keep-alive, X-A\nKeep-Alive: 5\nUpgrade: h2c\nTrailer: A\n"
      "TE: x\nProxy-Connection: x\nDate: now\nServer: me\nX-A: 1\n\n");
  BOOST_TEST(header.lines == "Content-Type: a/b\r\nX-A: 1\r\n");
}

BOOST_AUTO_TEST_CASE(redirects_to_elsewhere_are_the_clients) {
  const CgiHeader plain = Read("Location: https://a.example/b\n\n");
  BOOST_TEST(plain.status == 302);
  BOOST_TEST(plain.lines == "Location: https://a.example/b\r\n");
  BOOST_TEST(plain.local_redirect == "");
  BOOST_TEST(Read("Status: 303 See\nLocation: /b\n\n").status == 303);
  BOOST_TEST(Read("Status: 303 See\nLocation: /b\n\n").local_redirect == "");
  BOOST_TEST(Read("Status: 201\nLocation: b/c\n\n").lines == "Location: b/c\r\n");
}

BOOST_AUTO_TEST_CASE(rfc3986_4_1_references_of_every_kind_are_the_clients) {
  for (const char* reference : {"b/c", "?a", "#b", "/a#b", "//a.example/", "../a", "mailto:me"}) {
    const CgiHeader header = Read("Location: " + std::string(reference) + "\n\n");
    BOOST_TEST(header.status == 302);
    BOOST_TEST(header.lines == "Location: " + std::string(reference) + "\r\n");
    BOOST_TEST(header.local_redirect == "");
  }
  BOOST_TEST(Read("Location: x y\\z\n\n").lines == "Location: x%20y%5Cz\r\n");
  BOOST_TEST(Read("Location: /a b?c d\n\n").local_redirect == "/a%20b?c%20d");
}

BOOST_AUTO_TEST_CASE(a_path_alone_is_answered_in_place) {
  BOOST_TEST(Read("Location: /a?b=c\n\n").local_redirect == "/a?b=c");
  // What comes with it would be lost.
  const CgiHeader with_cookie = Read("Location: /a\nSet-Cookie: a=1\n\n");
  BOOST_TEST(with_cookie.local_redirect == "");
  BOOST_TEST(with_cookie.status == 302);
  BOOST_TEST(Read("Location: /a\nContent-Length: 5\n\n").local_redirect == "");
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
  BOOST_TEST(FaultOf("\n") == "there is neither Content-Type, Status nor Location in it");
  BOOST_TEST(FaultOf("X-A: b\n\n") == "there is neither Content-Type, Status nor Location in it");
  BOOST_TEST(FaultOf("Content-Type: a/b\nhello\n\n") == "line 2: it has no colon");
  const std::string no_name = "line 2: what stands before the colon is no name of a field";
  for (const char* line : {": a", "A b: c", " folded: x", "\tfolded: x", "A : b", "A\x01: b"}) {
    BOOST_TEST(FaultOf("Content-Type: a/b\n" + std::string(line) + "\n\n") == no_name, line);
  }
  const std::string controls = "line 1: its value has control characters";
  BOOST_TEST(FaultOf("A: b\rC: d\n\n") == controls);
  BOOST_TEST(FaultOf("A: b\r\r\n\n") == controls);
  BOOST_TEST(FaultOf(std::string("A: b\0c\n\n", 8)) == controls);
  BOOST_TEST(FaultOf("A: \x1b[0m\n\n") == controls);
}

BOOST_AUTO_TEST_CASE(framing_is_not_the_programs) {
  BOOST_TEST(FaultOf("Content-Type: a/b\nTransfer-Encoding: chunked\n\n") ==
             "line 2: Transfer-Encoding is not a program's to choose");
  for (const char* value : {"", "-1", "+1", "1x", "0x1", "1, 1", "99999999999999999999"}) {
    BOOST_TEST(FaultOf("Content-Length: " + std::string(value) + "\n\n") ==
                   "line 1: Content-Length is not a number",
               value);
  }
  BOOST_TEST(FaultOf("Content-Length: 1\nContent-Length: 1\n\n") ==
             "line 2: a second Content-Length");
}

BOOST_AUTO_TEST_CASE(doubled_and_impossible_cgi_fields) {
  BOOST_TEST(FaultOf("Status: 200\nStatus: 200\n\n") == "line 2: a second Status");
  BOOST_TEST(FaultOf("Location: /\nLocation: /\n\n") == "line 2: a second Location");
  BOOST_TEST(FaultOf("Content-Type: a/b\ncontent-type: a/b\n\n") ==
             "line 2: a second Content-Type");
  for (const char* value : {"", "20", "2000", "OK", "200OK", "2 0 0"}) {
    BOOST_TEST(FaultOf("Status: " + std::string(value) + "\n\n") ==
                   "line 1: Status is not three digits and a reason",
               value);
  }
  for (const char* value : {"100", "101 Switching", "199", "600", "999", "000"}) {
    BOOST_TEST(FaultOf("Status: " + std::string(value) + "\n\n") ==
                   "line 1: Status is not from 200 to 599",
               value);
  }
  BOOST_TEST(FaultOf("Location: \n\n") == "line 1: Location is empty");
  BOOST_TEST(FaultOf("Location: /../b\n\n") ==
             "Location is a path that cannot be asked for: /../b");
  BOOST_TEST(FaultOf("Location: /100% sure\n\n") ==
             "Location is a path that cannot be asked for: /100%%20sure");
}

BOOST_AUTO_TEST_CASE(non_parsed_headers_are_refused_by_name) {
  BOOST_TEST(FaultOf("HTTP/1.1 200 OK\nContent-Type: a/b\n\n").find("nph") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
