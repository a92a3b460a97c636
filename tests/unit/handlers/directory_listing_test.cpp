#include "handlers/directory_listing.hpp"

#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers;
using handlers::test::Directory;

namespace {

class Listed : public Directory {
 public:
  DirectoryListing Read(const std::string& relative = "/", bool with_hidden = false,
                        std::size_t limit = 100) {
    const Root root(At(""));
    config::Static settings;
    settings.hidden = with_hidden;
    return ReadDirectory(root, relative, root.Open(relative).descriptor, settings, limit);
  }
  std::string Names(const std::string& relative = "/", bool with_hidden = false) {
    std::string names;
    for (const DirectoryEntry& entry : Read(relative, with_hidden).entries) {
      names += entry.name + (entry.is_directory ? "/ " : " ");
    }
    return names;
  }
};

bool Contains(const std::string& page, const std::string& text) {
  return page.find(text) != std::string::npos;
}

std::string PageOf(const std::string& name, bool is_directory = false) {
  DirectoryListing listing;
  listing.entries.push_back({.name = name, .is_directory = is_directory});
  return RenderListing("/", listing, {}, false);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(DirectoryListingTest, Listed)

BOOST_AUTO_TEST_CASE(directories_come_first_then_names_in_order) {
  Write("b.txt", "");
  Write("a.txt", "");
  Write("z/x", "");
  Write("c/x", "");
  BOOST_TEST(Names() == "c/ z/ a.txt b.txt ");
}

BOOST_AUTO_TEST_CASE(hidden_names_are_left_out_unless_wanted) {
  Write(".hidden", "");
  Write("shown", "");
  BOOST_TEST(Names() == "shown ");
  BOOST_TEST(Names("/", true) == ".hidden shown ");
}

BOOST_AUTO_TEST_CASE(only_what_can_be_reached_is_listed) {
  Directory outside;
  outside.Write("secret", "x");
  Write("d/file", "x");
  Link("d/inside", "file");
  Link("d/outside", outside.At("secret"));
  Link("d/broken", "nothing");
  BOOST_REQUIRE(::mkfifo(At("d/fifo").c_str(), 0600) == 0);
  BOOST_TEST(Names("/d/") == "file inside ");
}

BOOST_AUTO_TEST_CASE(a_link_is_shown_as_what_it_leads_to) {
  Write("real/file", "12345");
  Link("to-directory", "real");
  Link("to-file", "real/file");
  const DirectoryListing listing = Read();
  BOOST_TEST(Names() == "real/ to-directory/ to-file ");
  BOOST_TEST(listing.entries[2].size == 5U);
}

BOOST_AUTO_TEST_CASE(a_listing_too_long_is_cut_and_says_so) {
  for (const std::string name : {"a", "b", "c"}) Write(name, "");
  const DirectoryListing cut = Read("/", false, 2);
  BOOST_TEST(cut.entries.size() == 2U);
  BOOST_TEST(cut.is_cut);
  BOOST_TEST(Contains(RenderListing("/", cut, {}, false), "only 2 entries"));
  const DirectoryListing whole = Read("/", false, 3);
  BOOST_TEST(!whole.is_cut);
  BOOST_TEST(!Contains(RenderListing("/", whole, {}, false), "There is more"));
}

BOOST_AUTO_TEST_CASE(names_are_escaped_in_text_and_in_links) {
  const std::string page = PageOf("<b>&\"'.txt");
  BOOST_TEST(Contains(page, ">&lt;b&gt;&amp;&quot;&#39;.txt</a>"));
  BOOST_TEST(Contains(page, "href=\"%3Cb%3E%26%22%27.txt\""));
  BOOST_TEST(!Contains(page, "<b>"));
  BOOST_TEST(Contains(PageOf("100% a?b#c"), "href=\"100%25%20a%3Fb%23c\""));
  BOOST_TEST(Contains(PageOf("javascript:x"), "href=\"javascript%3Ax\""));
  BOOST_TEST(Contains(PageOf("\xc3\xa4"), "href=\"%C3%A4\">\xc3\xa4</a>"));
  BOOST_TEST(Contains(PageOf("sub", true), "href=\"sub/\">sub/</a>"));
}

BOOST_AUTO_TEST_CASE(the_path_in_the_title_is_escaped) {
  const std::string page = RenderListing("/<script>/", {}, {}, true);
  BOOST_TEST(!Contains(page, "<script>"));
  BOOST_TEST(Contains(page, "<title>/&lt;script&gt;/</title>"));
}

BOOST_AUTO_TEST_CASE(the_page_stands_alone_and_fits_a_phone) {
  const std::string page = RenderListing("/", {}, {}, false);
  BOOST_TEST(page.starts_with("<!DOCTYPE html>"));
  BOOST_TEST(Contains(page, "name=\"viewport\" content=\"width=device-width"));
  BOOST_TEST(Contains(page, "color-scheme"));
  BOOST_TEST(Contains(page, "charset=\"utf-8\""));
  BOOST_TEST(!Contains(page, "://"));
  BOOST_TEST(!Contains(page, "<script"));
}

BOOST_AUTO_TEST_CASE(the_way_up_is_offered_only_where_there_is_one) {
  BOOST_TEST(Contains(RenderListing("/a/", {}, {}, true), "href=\"../\""));
  BOOST_TEST(!Contains(RenderListing("/", {}, {}, false), "href=\"../\""));
}

BOOST_AUTO_TEST_CASE(sizes_and_dates_are_for_people) {
  DirectoryListing listing;
  listing.entries.push_back(
      {.name = "a",
       .size = 1536,
       .modified = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000))});
  const std::string page = RenderListing("/", listing, {}, false);
  BOOST_TEST(Contains(page, "1.5 KiB"));
  BOOST_TEST(Contains(page, "2023-11-14 22:13"));
  BOOST_TEST(ReadableSize(0) == "0 B");
  BOOST_TEST(ReadableSize(1023) == "1023 B");
  BOOST_TEST(ReadableSize(1024) == "1.0 KiB");
  BOOST_TEST(ReadableSize(10189) == "10 KiB");
  BOOST_TEST(ReadableSize(1048575) == "1.0 MiB");
  BOOST_TEST(ReadableSize(~std::uint64_t{0}) == "16 EiB");
}

BOOST_AUTO_TEST_CASE(a_date_that_no_calendar_has_is_left_out) {
  DirectoryListing listing;
  for (const std::int64_t time : {67768036191676800, -67768040609740800, INT64_MAX, INT64_MIN}) {
    listing.entries.push_back(
        {.name = "odd", .modified = std::chrono::sys_seconds(std::chrono::seconds(time))});
  }
  listing.entries.push_back(
      {.name = "far", .modified = std::chrono::sys_seconds(std::chrono::seconds(15032385535))});
  const std::string page = RenderListing("/", listing, {}, false);
  BOOST_TEST(page.find("odd</a><td>0 B<td>\n") != std::string::npos);
  BOOST_TEST(page.find("far</a><td>0 B<td>2446-05-10 22:38\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_that_are_let_through_are_listed) {
  Write(".well-known/x", "");
  Write(".other", "");
  BOOST_TEST(Names() == ".well-known/ ");
}

/// The names as a page with that query has them.
std::string Sorted(const std::string& query) {
  using std::chrono::seconds;
  using std::chrono::sys_seconds;
  DirectoryListing listing;
  listing.entries = {{.name = "d", .is_directory = true, .modified = sys_seconds(seconds(2))},
                     {.name = "e", .is_directory = true, .modified = sys_seconds(seconds(1))},
                     {.name = "a", .size = 7, .modified = sys_seconds(seconds(5))},
                     {.name = "b", .size = 9, .modified = sys_seconds(seconds(4))},
                     {.name = "c", .size = 7, .modified = sys_seconds(seconds(6))}};
  Sort(listing, OrderOf(query));
  std::string names;
  for (const DirectoryEntry& entry : listing.entries) names += entry.name;
  return names;
}

BOOST_AUTO_TEST_CASE(the_query_says_the_order_and_directories_stay_first) {
  BOOST_TEST(Sorted("") == "deabc");
  BOOST_TEST(Sorted("sort=-name") == "edcba");
  BOOST_TEST(Sorted("sort=size") == "deacb");
  BOOST_TEST(Sorted("sort=-size") == "debac");
  BOOST_TEST(Sorted("sort=modified") == "edbac");
  BOOST_TEST(Sorted("x=1&sort=-modified") == "decab");
  for (const char* other : {"sort=", "sort=-", "sort=owner", "sort", "&&", "sort=size%20"}) {
    BOOST_TEST(Sorted(other) == "deabc", other);
  }
}

BOOST_AUTO_TEST_CASE(titles_lead_to_other_orders_and_directories_keep_the_order) {
  DirectoryListing listing;
  listing.entries = {{.name = "d", .is_directory = true}, {.name = "f"}};
  const std::string plain = RenderListing("/", listing, {}, true);
  BOOST_TEST(Contains(plain, "<th aria-sort=\"ascending\"><a href=\"?sort=-name\">Name"));
  BOOST_TEST(Contains(plain, "<th><a href=\"?sort=-size\">Size</a>"));
  BOOST_TEST(Contains(plain, "href=\"d/\""));
  const std::string sorted = RenderListing("/", listing, OrderOf("sort=-size"), true);
  BOOST_TEST(Contains(sorted, "<th aria-sort=\"descending\"><a href=\"?sort=size\">Size"));
  BOOST_TEST(Contains(sorted, "<th><a href=\"./\">Name</a>"));
  BOOST_TEST(Contains(sorted, "href=\"d/?sort=-size\""));
  BOOST_TEST(Contains(sorted, "href=\"../?sort=-size\""));
  BOOST_TEST(Contains(sorted, "href=\"f\""));
}

BOOST_AUTO_TEST_SUITE_END()
