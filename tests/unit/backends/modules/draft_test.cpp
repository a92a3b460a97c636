#include "backends/modules/draft.hpp"

#include "tests/unit/handlers/site.hpp"

using namespace tined;
using handlers::test::Answer;

namespace {

template <typename Making>
Answer Made(Making make, const std::string& method = "GET") {
  backends::Draft draft;  // The answer shows what lies in it.
  return handlers::test::ServeBy(
      [&](answer::Exchange& exchange) {
        make(draft);
        draft.Compose(exchange.answer);
      },
      {.method = method}, WallClock::now());
}

template <typename Making>
std::string FaultOf(Making make) {
  backends::Draft draft;
  make(draft);
  return std::string(draft.Fault());
}

using backends::Draft;

}  // namespace

BOOST_AUTO_TEST_SUITE(DraftTest)

BOOST_AUTO_TEST_CASE(an_untouched_draft_is_an_empty_200) {
  const Answer answer = Made([](Draft&) {});
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer["Content-Length"] == "0");
}

BOOST_AUTO_TEST_CASE(fields_and_body_are_sent) {
  const auto make = [](Draft& draft) {
    draft.SetBody("some text");
    draft.AddHeader("X-One", "1");
    draft.SetStatus(404);
  };
  const Answer answer = Made(make);
  BOOST_TEST(answer.status == 404);
  BOOST_TEST(answer["X-One"] == "1");
  BOOST_TEST(answer.body == "some text");
  BOOST_TEST(Made(make, "HEAD").body == "");
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_a_500_and_says_why) {
  BOOST_TEST(FaultOf([](Draft& draft) { draft.SetStatus(99); }) ==
             "99 is not a status of an answer (200 to 599)");
  BOOST_TEST(FaultOf([](Draft& draft) { draft.AddHeader("X", "a\r\nb"); }) ==
             "the value of header X has a control character");
  BOOST_TEST(FaultOf([](Draft& draft) { draft.AddHeader("X Y", "a"); }) ==
             "a header's name has a character that names cannot have");
  BOOST_TEST(FaultOf([](Draft& draft) { draft.AddHeader("", "a"); }) != "");
  BOOST_TEST(FaultOf([](Draft& draft) { draft.AddHeader("Transfer-Encoding", "chunked"); }) ==
             "header Transfer-Encoding is not a module's to write");
  BOOST_TEST(FaultOf([](Draft& draft) {
               draft.SetStatus(204);
               draft.SetBody("x");
             }) == "an answer with status 204 has no body");
  const Answer answer = Made([](Draft& draft) {
    draft.AddHeader("X-Half", "made");
    draft.SetBody("half made");
    draft.Fail("given up");
  });
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(!answer.Has("X-Half"));
  BOOST_TEST(answer.body == "500 Internal Server Error\n");
}

BOOST_AUTO_TEST_CASE(a_declared_length_must_be_true_and_is_written_once) {
  const auto declared = [](const char* length) {
    return [length](Draft& draft) {
      draft.AddHeader("content-length", length);
      draft.SetBody("four");
    };
  };
  BOOST_TEST(FaultOf(declared("5")) == "header Content-Length says 5, the body has 4 bytes");
  BOOST_TEST(FaultOf(declared("four")) == "header Content-Length is not a number");
  BOOST_TEST(Made(declared("4"))["Content-Length"] == "4");
}

BOOST_AUTO_TEST_CASE(the_servers_own_fields_stay_its_own) {
  const Answer answer = Made([](Draft& draft) {
    draft.AddHeader("Server", "other");
    draft.AddHeader("Date", "never");
    draft.AddHeader("Connection", "Close");
  });
  BOOST_TEST(answer["Server"] == "tined");
  BOOST_TEST(answer["Date"] != "never");
  BOOST_TEST(answer["Connection"] == "close");
}

BOOST_AUTO_TEST_CASE(lent_bytes_are_given_back_once) {
  static int released = 0;
  released = 0;
  const auto release = [](void* context) { released += *static_cast<int*>(context); };
  int one = 1;
  BOOST_TEST(Made([&](Draft& draft) { draft.LendBody("lent", release, &one); }).body == "lent");
  BOOST_TEST(released == 1);
  Made([&](Draft& draft) {
    draft.LendBody("lent", release, &one);
    draft.SetBody("another");
  });
  BOOST_TEST(released == 2);
}

BOOST_AUTO_TEST_CASE(what_is_not_sent_is_given_back_with_the_answer) {
  static int released = 0;
  released = 0;
  const auto release = [](void*) { ++released; };
  const auto compose = [&](auto make) {
    backends::Draft draft;
    make(draft);
    answer::Answer answer;
    draft.Compose(answer);
    BOOST_TEST(released == 1);
    released = 0;
  };
  compose([&](Draft& draft) {
    draft.LendBody("lent", release, nullptr);
    draft.Fail("given up");
  });
  compose([&](Draft& draft) {
    draft.LendBody("", release, nullptr);
    draft.SetStatus(204);
  });
}

BOOST_AUTO_TEST_CASE(files_are_sent_whole_or_in_part) {
  handlers::test::Directory directory;
  directory.Write("ten", "0123456789");
  const std::string path = directory.At("ten");
  const auto piece = [&](std::uint64_t offset, std::uint64_t length) {
    return [&path, offset, length](Draft& draft) { draft.SetFile(path, offset, length); };
  };
  BOOST_TEST(Made(piece(0, UINT64_MAX)).body == "0123456789");
  BOOST_TEST(Made(piece(3, 4)).body == "3456");
  BOOST_TEST(Made(piece(10, UINT64_MAX)).body == "");
  BOOST_TEST(FaultOf(piece(3, 8)).ends_with("ten ends before byte 11"));
  BOOST_TEST(FaultOf(piece(11, UINT64_MAX)).ends_with("ten ends before byte 11"));
  BOOST_TEST(FaultOf([&](Draft& draft) {
               draft.SetFile(directory.At("none"), 0, 1);
             }).ends_with("No such file or directory (ENOENT)"));
  BOOST_TEST(FaultOf([&](Draft& draft) {
               draft.SetFile(directory.At(""), 0, 1);
             }).ends_with("is not a regular file"));
}

BOOST_AUTO_TEST_CASE(a_cleared_draft_is_as_new) {
  const Answer answer = Made([](Draft& draft) {
    draft.SetStatus(99);
    draft.AddHeader("X", "y");
    draft.SetBody("old");
    draft.Clear();
    draft.SetBody("new");
  });
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(!answer.Has("X"));
  BOOST_TEST(answer.body == "new");
}

BOOST_AUTO_TEST_SUITE_END()
