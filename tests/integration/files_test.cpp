// Files on the wire: what the four ways to read them, the cache, precompressed siblings and the
// file system's own moods make of a request. Every case runs over all four ways, beginning with
// files that are not in the page cache. The rules for single headers are tests/unit/handlers.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "tests/file_ways.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

constexpr std::size_t kBig = 24U << 20;

/// Bytes that differ from one another wherever two pieces could be mixed up; made once.
std::string Pattern(std::size_t size) {
  static const std::string all = [] {
    std::string bytes(kBig, '\0');
    std::uint32_t state = 1;
    for (char& byte : bytes) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<char>(state >> 24);
    }
    return bytes;
  }();
  return all.substr(0, size);
}

struct Site {
  Site() {
    server.Write("www/index.html", "<p>index\n");
    server.Write("www/small.txt", "0123456789");
    server.Write("www/empty", "");
    server.Write("www/dir/b.txt", "b");
    server.Write("www/dir/a & <b>.txt", "a");
    server.Write("www/dir/.secret", "hidden");
    server.Write("outside.txt", "outside");
  }
  void Start(const std::string& io) {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::recursive_directory_iterator(server.Path("www"))) {
      if (!entry.is_symlink() && entry.is_regular_file()) (void)Chill(entry.path());
    }
    server.Start(Config()
                     .Workers(1)
                     .Route("/", Files("${DIR}/www", "listing: true, io: " + io))
                     .Route("/plain", Files("${DIR}/www", "io: " + io))
                     .Route("/all", Files("${DIR}/www", "hidden: true, io: " + io)));
    worker = server.WorkerPids().at(0);
  }
  Answer Get(const std::string& target, const std::string& lines = "") {
    return GetOnce(server.Port(), target, lines);
  }
  /// The worker that served this all has come through.
  void ExpectSameWorker() { BOOST_TEST(server.WorkerPids().at(0) == worker); }
  Server server;
  pid_t worker = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(files)

/// Files of /sys say that they have a page, and have less.
BOOST_AUTO_TEST_CASE(a_file_that_is_shorter_than_it_says_is_sent_as_it_is) {
  const std::filesystem::path file = "/sys/devices/system/cpu/online";
  std::string contents;
  std::getline(std::ifstream(file) >> std::ws, contents, '\0');
  if (contents.empty() || std::filesystem::file_size(file) <= contents.size()) {
    BOOST_TEST_MESSAGE("there is no such file here");
    return;
  }
  Server server;
  server.Start(Config().Workers(1).Route("/", Files(file.parent_path())));
  Client client(server.Port());
  for (int i = 0; i < 2; ++i) {
    const Answer answer = client.Get("/online");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == contents);
  }
  BOOST_TEST(client.Get("/online", "Range: bytes=0-0\r\n").body == contents.substr(0, 1));
}

BOOST_DATA_TEST_CASE_F(Site, files_of_all_sizes_arrive_byte_for_byte,
                       boost::unit_test::data::make(kFileWays), io) {
  // Around the limits of the cache, of a page, and of one turn's sending.
  for (const std::size_t size : {1U, 4095U, 4096U, 16383U, 16384U, 16385U, 65537U, 2U << 20}) {
    server.Write("www/f" + std::to_string(size), Pattern(size));
  }
  server.Write("www/big", Pattern(kBig));
  Start(io);
  Client client(server.Port());
  for (const std::size_t size : {1U, 4095U, 4096U, 16383U, 16384U, 16385U, 65537U, 2U << 20}) {
    for (int twice = 0; twice < 2; ++twice) {
      const Answer answer = client.Get("/f" + std::to_string(size));
      BOOST_TEST((answer.body == Pattern(size)), size);
    }
  }
  BOOST_TEST((client.Get("/big").body == Pattern(kBig)));
  BOOST_TEST(client.Get("/empty").body == "");
  BOOST_TEST(client.Get("/small.txt").body == "0123456789");
}

BOOST_DATA_TEST_CASE_F(Site, a_cold_file_is_read_from_the_disk_again_and_again,
                       boost::unit_test::data::make(kFileWays), io) {
  const std::string big = Pattern(kBig);
  server.Write("www/big", big);
  Start(io);
  Client client(server.Port());
  for (int i = 0; i < 5; ++i) {
    (void)Chill(server.Path("www/big"));
    BOOST_TEST((client.Get("/big").body == big));
    (void)Chill(server.Path("www/small.txt"));
    BOOST_TEST(client.Get("/plain/small.txt").body == "0123456789");
  }
  ExpectSameWorker();
}

BOOST_DATA_TEST_CASE_F(Site, head_of_a_big_file_reads_nothing_of_it,
                       boost::unit_test::data::make(kFileWays), io) {
  server.Write("www/big", Pattern(kBig));
  Start(io);
  Client client(server.Port());
  client.Send("HEAD /big HTTP/1.1\r\nHost: t\r\n\r\n");
  const Answer answer = client.Read(/*is_head=*/true);
  BOOST_TEST(answer["Content-Length"] == std::to_string(kBig));
  BOOST_TEST(client.Get("/small.txt").body == "0123456789");
}

BOOST_DATA_TEST_CASE_F(Site, many_clients_of_cold_files_get_what_they_asked_for,
                       boost::unit_test::data::make(kFileWays), io) {
  const std::string big = Pattern(kBig);
  server.Write("www/big", big);
  Start(io);
  // More than may be read at once; each reads another part.
  std::vector<Client> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back(server.Port());
  constexpr std::size_t kSize = 100'000;
  const auto begin = [](std::size_t i) { return i * 200'000; };
  for (std::size_t i = 0; i < clients.size(); ++i) {
    clients[i].SendGet("/big", "Range: bytes=" + std::to_string(begin(i)) + "-" +
                                   std::to_string(begin(i) + kSize - 1) + "\r\n");
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    BOOST_TEST((clients[i].Read().body == big.substr(begin(i), kSize)), i);
  }
  ExpectSameWorker();
}

BOOST_DATA_TEST_CASE_F(Site, big_and_small_files_can_be_pipelined,
                       boost::unit_test::data::make(kFileWays), io) {
  server.Write("www/big", Pattern(kBig));
  Start(io);
  Client client(server.Port());
  client.SendGet("/small.txt");
  client.SendGet("/big", "Range: bytes=5-5000000\r\n");
  client.SendGet("/small.txt", "Range: bytes=2-3\r\n");
  client.SendGet("/big");
  client.SendGet("/small.txt");
  BOOST_TEST(client.Read().body == "0123456789");
  const std::string big = Pattern(kBig);
  BOOST_TEST((client.Read().body == big.substr(5, 4999996)));
  BOOST_TEST(client.Read().body == "23");
  BOOST_TEST((client.Read().body == big));
  BOOST_TEST(client.Read().body == "0123456789");
}

BOOST_DATA_TEST_CASE_F(Site, ranges_of_a_big_file, boost::unit_test::data::make(kFileWays), io) {
  const std::string big = Pattern(kBig);
  server.Write("www/big", big);
  Start(io);
  const std::string whole = std::to_string(kBig);
  const Answer first = Get("/big", "Range: bytes=0-99\r\n");
  BOOST_TEST(first.status == 206);
  BOOST_TEST(first["Content-Range"] == "bytes 0-99/" + whole);
  BOOST_TEST((first.body == big.substr(0, 100)));
  BOOST_TEST((Get("/big", "Range: bytes=-7\r\n").body == big.substr(kBig - 7)));
  BOOST_TEST((Get("/big", "Range: bytes=20000000-\r\n").body == big.substr(20000000)));
  const Answer beyond = Get("/big", "Range: bytes=" + whole + "-\r\n");
  BOOST_TEST(beyond.status == 416);
  BOOST_TEST(beyond["Content-Range"] == "bytes */" + whole);
}

BOOST_DATA_TEST_CASE_F(Site, several_ranges_of_a_big_file_are_parts,
                       boost::unit_test::data::make(kFileWays), io) {
  const std::string big = Pattern(kBig);
  server.Write("www/big", big);
  Start(io);
  const Answer answer = Get("/big", "Range: bytes=1-2,5000000-5000009,-3\r\n");
  BOOST_TEST(answer.status == 206);
  const std::string type = answer["Content-Type"];
  BOOST_REQUIRE(type.starts_with("multipart/byteranges; boundary="));
  const std::string boundary = "--" + type.substr(type.find('=') + 1);
  std::string rest = answer.body;
  for (const auto& [from, size] :
       {std::pair<std::size_t, std::size_t>{1, 2}, {5000000, 10}, {kBig - 3, 3}}) {
    rest.erase(0, rest.find(boundary) + boundary.size());
    const std::size_t body = rest.find("\r\n\r\n") + 4;
    BOOST_TEST(rest.substr(0, body).find("bytes " + std::to_string(from) + "-") !=
               std::string::npos);
    BOOST_TEST((rest.substr(body, size) == big.substr(from, size)));
    rest.erase(0, body + size);
  }
  BOOST_TEST(rest == "\r\n" + boundary + "--\r\n");
}

BOOST_DATA_TEST_CASE_F(Site, conditions_spare_what_the_client_has,
                       boost::unit_test::data::make(kFileWays), io) {
  Start(io);
  const Answer full = Get("/small.txt");
  const std::string tag = full["ETag"];
  const std::string date = full["Last-Modified"];
  BOOST_TEST(Get("/small.txt", "If-None-Match: " + tag + "\r\n").status == 304);
  BOOST_TEST(Get("/small.txt", "If-None-Match: \"other\"\r\n").status == 200);
  BOOST_TEST(Get("/small.txt", "If-Modified-Since: " + date + "\r\n").status == 304);
  BOOST_TEST(Get("/small.txt", "If-Match: \"other\"\r\n").status == 412);
  BOOST_TEST(Get("/small.txt", "If-Match: " + tag + "\r\n").status == 200);
  const std::string range = "Range: bytes=1-2\r\n";
  BOOST_TEST(Get("/small.txt", range + "If-Range: \"other\"\r\n").body == "0123456789");
}

BOOST_DATA_TEST_CASE_F(Site, a_changed_file_is_sent_changed_within_a_second_or_so,
                       boost::unit_test::data::make(kFileWays), io) {
  Start(io);
  const std::string old_tag = Get("/small.txt")["ETag"];
  server.Write("www/small.txt", "changed");
  BOOST_TEST(Eventually([&] { return Get("/small.txt").body == "changed"; }, seconds(3)));
  BOOST_TEST(Get("/small.txt")["ETag"] != old_tag);
  BOOST_TEST(Get("/small.txt", "If-None-Match: " + old_tag + "\r\n").status == 200);
  std::filesystem::remove(server.Path("www/small.txt"));
  BOOST_TEST(Eventually([&] { return Get("/small.txt").status == 404; }, seconds(3)));
}

BOOST_DATA_TEST_CASE_F(Site, curl_gets_the_precompressed_sibling_and_the_same_bytes,
                       boost::unit_test::data::make(kFileWays), io) {
  const std::string text(100'000, 'x');
  server.Write("www/text.txt", text);
  BOOST_REQUIRE(RunProgram({"/usr/bin/gzip", "-k", server.Path("www/text.txt")}).status == 0);
  Start(io);
  const std::string url = "http://127.0.0.1:" + std::to_string(server.Port()) + "/text.txt";
  const Finished packed = RunProgram({"/usr/bin/curl", "-sS", "-H", "Accept-Encoding: gzip", url});
  BOOST_TEST(packed.output.size() < 1000U);
  const Finished unpacked = RunProgram({"/usr/bin/curl", "-sS", "--compressed", url});
  BOOST_TEST((unpacked.output == text), unpacked.errors);
  const Answer answer = Get("/text.txt", "Accept-Encoding: gzip\r\n");
  BOOST_TEST(answer["Content-Encoding"] == "gzip");
  BOOST_TEST(answer["Vary"] == "Accept-Encoding");
  BOOST_TEST(answer["Content-Type"].starts_with("text/plain"));
  const Answer plain = Get("/text.txt");
  BOOST_TEST((plain.body == text));
  BOOST_TEST(plain["Vary"] == "Accept-Encoding");
}

BOOST_DATA_TEST_CASE_F(Site, a_directory_without_its_slash_is_redirected,
                       boost::unit_test::data::make(kFileWays), io) {
  Start(io);
  const Answer answer = Get("/dir?q=1");
  BOOST_TEST(answer.status == 301);
  BOOST_TEST(answer["Location"] == "/dir/?q=1");
  const std::string url = "http://127.0.0.1:" + std::to_string(server.Port()) + "/dir";
  const Finished followed = RunProgram({"/usr/bin/curl", "-sSL", url});
  BOOST_TEST(followed.output.find("b.txt") != std::string::npos);
  BOOST_TEST(Get("/").body == "<p>index\n");
}

BOOST_DATA_TEST_CASE_F(Site, a_listing_is_sorted_escaped_and_without_hidden_names,
                       boost::unit_test::data::make(kFileWays), io) {
  Start(io);
  const std::string page = Get("/dir/").body;
  const std::size_t first = page.find("href=\"a%20%26%20%3Cb%3E.txt\">a &amp; &lt;b&gt;.txt</a>");
  BOOST_TEST(first != std::string::npos);
  BOOST_TEST(page.find("href=\"b.txt\"") > first);
  BOOST_TEST(page.find("secret") == std::string::npos);
  BOOST_TEST(Get("/dir/a%20%26%20%3Cb%3E.txt").body == "a");
  BOOST_TEST(Get("/plain/dir/").status == 403);
}

BOOST_DATA_TEST_CASE_F(Site, hidden_names_are_served_only_where_that_is_allowed,
                       boost::unit_test::data::make(kFileWays), io) {
  Start(io);
  BOOST_TEST(Get("/dir/.secret").status == 404);
  BOOST_TEST(Get("/dir/%2esecret").status == 404);
  BOOST_TEST(Get("/all/dir/.secret").body == "hidden");
}

BOOST_DATA_TEST_CASE_F(Site, nothing_outside_the_root_can_be_reached,
                       boost::unit_test::data::make(kFileWays), io) {
  namespace fs = std::filesystem;
  fs::create_symlink("../outside.txt", server.Path("www/relative"));
  fs::create_symlink("/etc/passwd", server.Path("www/absolute"));
  fs::create_symlink("..", server.Path("www/up"));
  fs::create_symlink("dir/b.txt", server.Path("www/inside"));
  fs::create_symlink("nowhere", server.Path("www/dangling"));
  fs::create_symlink("loop", server.Path("www/loop"));
  Start(io);
  for (const char* target :
       {"/relative", "/absolute", "/up/outside.txt", "/up/", "/dangling", "/loop",
        "/../outside.txt", "/%2e%2e/outside.txt", "/dir/../../outside.txt", "/..%2foutside.txt",
        "/dir/%2e%2e%2f%2e%2e%2foutside.txt"}) {
    const Answer answer = Get(target);
    BOOST_TEST((answer.status == 404 || answer.status == 400),
               target << " gave " << answer.status << ": " << answer.body);
  }
  BOOST_TEST(Get("/inside").body == "b");
}

BOOST_DATA_TEST_CASE_F(Site, a_pipe_in_the_tree_is_not_waited_for,
                       boost::unit_test::data::make(kFileWays), io) {
  BOOST_REQUIRE(::mkfifo(server.Path("www/pipe").c_str(), 0666) == 0);
  Start(io);
  BOOST_TEST(Get("/pipe").status == 404);
  ExpectSameWorker();
}

BOOST_DATA_TEST_CASE_F(Site, a_file_that_the_workers_may_not_read_is_403,
                       boost::unit_test::data::make(kFileWays), io) {
  if (::getuid() != 0) {
    BOOST_TEST_MESSAGE("needs workers without the supervisor's rights");
    return;
  }
  std::filesystem::permissions(server.Path("www/small.txt"), std::filesystem::perms(0600));
  server.Start(Config().Set("user", "nobody").Route("/", Files("${DIR}/www", "io: " + io)));
  BOOST_TEST(Get("/small.txt").status == 403);
  BOOST_TEST(Get("/dir/b.txt").body == "b");
}

BOOST_DATA_TEST_CASE_F(Site, a_file_that_shrinks_while_it_is_sent_ends_the_connection_alone,
                       boost::unit_test::data::make(kFileWays), io) {
  server.Write("www/big", Pattern(kBig));
  Start(io);
  Client reader(server.Port());
  reader.SendGet("/big");
  // The socket is full when the worker waits for this client: the rest is still in the file.
  BOOST_REQUIRE(Eventually([&] { return server.Status()["bytes"]["sent"].get<int>() > 0; }));
  std::filesystem::resize_file(server.Path("www/big"), 1000);
  BOOST_CHECK_THROW((void)reader.Read(), std::runtime_error);
  BOOST_TEST(Get("/small.txt").body == "0123456789");
  ExpectSameWorker();
}

BOOST_DATA_TEST_CASE_F(Site, a_file_that_is_removed_while_it_is_sent_arrives_whole,
                       boost::unit_test::data::make(kFileWays), io) {
  server.Write("www/big", Pattern(kBig));
  Start(io);
  Client reader(server.Port());
  reader.SendGet("/big");
  BOOST_REQUIRE(Eventually([&] { return server.Status()["bytes"]["sent"].get<int>() > 0; }));
  std::filesystem::remove(server.Path("www/big"));
  BOOST_TEST((reader.Read().body == Pattern(kBig)));
  ExpectSameWorker();
}

BOOST_DATA_TEST_CASE_F(Site, a_file_that_grows_while_it_is_sent_arrives_as_it_was_announced,
                       boost::unit_test::data::make(kFileWays), io) {
  server.Write("www/big", Pattern(kBig));
  Start(io);
  Client reader(server.Port());
  reader.SendGet("/big");
  BOOST_REQUIRE(Eventually([&] { return server.Status()["bytes"]["sent"].get<int>() > 0; }));
  std::filesystem::resize_file(server.Path("www/big"), kBig + 1000);
  BOOST_TEST((reader.Read().body == Pattern(kBig)));
  BOOST_TEST(reader.Get("/small.txt").body == "0123456789");
}

BOOST_DATA_TEST_CASE_F(Site, a_client_that_leaves_in_the_middle_of_a_file_harms_nobody,
                       boost::unit_test::data::make(kFileWays), io) {
  server.Write("www/big", Pattern(kBig));
  Start(io);
  for (int i = 0; i < 20; ++i) {
    Client leaving(server.Port());
    leaving.SendGet("/big");
    BOOST_TEST(leaving.WaitForEnd() == Client::End::more_bytes);
  }
  // The same while the disk is being read.
  for (int i = 0; i < 20; ++i) {
    (void)Chill(server.Path("www/big"));
    Client(server.Port()).SendGet("/big");
  }
  BOOST_TEST((Get("/big").body == Pattern(kBig)));
  BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 0; }));
  ExpectSameWorker();
}

BOOST_FIXTURE_TEST_CASE(where_io_uring_is_forbidden_threads_read, Site) {
  const std::string big = Pattern(kBig);
  server.Write("www/big", big);
  server.wrapper = {Built("tests/integration/forbid"), "io_uring_setup"};
  Start("async");
  BOOST_TEST(server.HasLogged("no io_uring here: for `io: async`, threads read", 1));
  server.WaitForLog({"no io_uring here", "io_uring_setup: Operation not permitted"});
  Client client(server.Port());
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST((client.Get("/big").body == big));
    BOOST_TEST(client.Get("/small.txt").body == "0123456789");
    (void)Chill(server.Path("www/big"));
  }
  BOOST_TEST(server.HasLogged("no io_uring here", 1));
  ExpectSameWorker();
}

BOOST_AUTO_TEST_SUITE_END()
