// The keys of what becomes of answers on their way out: of those of a route, or of a listener.
#pragma once

#include "config/layout.hpp"
#include "config/text_rules.hpp"

namespace tined::config {

/// The longest that a cache is told anything for: a year, as RFC 9111 has it in mind.
inline constexpr DurationRange kCacheAge = {seconds(1), std::chrono::hours(365 * 24), true};

template <>
struct Layout<Headers> {
  static constexpr std::string_view kAbout =
      "Changes the fields of answers, those that say what went wrong included. A value may have "
      "$client, $host, $method, $path, $query, $request_id, $scheme, $status and $tls_version in "
      "it; $$ is a dollar sign (`$$$$` in a file, where `$$` stands for one). A route's names take "
      "the place "
      "of the same names of its listener.";
  static constexpr std::string_view kExample =
      "{set: {X-Frame-Options: DENY}, remove: [X-Powered-By]}";
  static void Visit(auto& v, auto& headers) {
    v.Tree("set", headers.set, FieldMap{},
           "Fields in place of all that have their names; {X-Name: value}.");
    v.Tree("add", headers.add, FieldListMap{},
           "Fields beside those that there are; {Link: [one, another]}.");
    v.List("remove", headers.remove, kFieldName, "Names of fields that are not sent.");
  }
};

template <>
struct Layout<Cache> {
  using Scope = Cache::Scope;
  static constexpr std::string_view kAbout =
      "How long answers to GET and HEAD may be used again (Cache-Control and Expires), where they "
      "do not say so themselves. Of a route: in place of its listener's.";
  static constexpr std::string_view kExample = "{max_age: 1h}";
  static void Visit(auto& v, auto& cache) {
    v("max_age", cache.max_age, kCacheAge,
      "For this long without asking; 0: never without asking (no-cache). Absent: for `types` "
      "alone.");
    v("scope", cache.scope,
      Choice<Scope>{
          {{"unsaid", Scope::unsaid}, {"public", Scope::everybody}, {"private", Scope::client}}},
      "Whose cache may keep them: public, caches that many share; private, the client's alone; "
      "unsaid leaves it to the caches' rules.");
    v("immutable", cache.immutable, Flag{},
      "They never change: browsers do not ask even when the page is loaded again.");
    v("store", cache.store, Flag{}, "false: nobody may keep them at all (no-store).");
    v.Tree("types", cache.types, AgeMap{},
           "For answers with these media types, in place of `max_age`; {image/*: 24h}.");
  }
};

template <>
struct Layout<Compress> {
  using Coding = Compress::Coding;
  using Effort = Compress::Effort;
  static constexpr std::string_view kAbout =
      "Compresses answers for clients that take it; those that are compressed already, parts of "
      "files, and what says no-transform stay as they are. Of a route: in place of its listener's.";
  static constexpr std::string_view kExample = "{codings: [zstd, br, gzip]}";
  static void Visit(auto& v, auto& compress) {
    v.List("codings", compress.codings,
           Choice<Coding>{{{"zstd", Coding::zstd}, {"br", Coding::br}, {"gzip", Coding::gzip}}},
           "The best first, among those that a client likes equally well. Empty: none.");
    v.List("types", compress.types, kMediaRange,
           "Answers with these media types: text/css, or text/* for all of a kind.");
    v("min_size", compress.min_size, kCompressed, "Shorter ones stay as they are.");
    v("max_size", compress.max_size, kCompressed,
      "Longer ones stay as they are, but for those that come in pieces: the worker's loop "
      "compresses "
      "an answer at once.");
    v("effort", compress.effort,
      Choice<Effort>{
          {{"fast", Effort::fast}, {"balanced", Effort::balanced}, {"small", Effort::small}}},
      "How much work for how few bytes.");
  }

 private:
  static constexpr SizeRange kCompressed = {0_B, 16_MiB};
};

template <>
struct Layout<Errors> {
  static constexpr std::string_view kAbout =
      "Pages of your own in place of the line of text that says what went wrong, whoever refuses: "
      "a "
      "handler, a route, tined itself. Those of a route come before its listener's.";
  static constexpr std::string_view kExample = "{pages: {404: missing.html, 5xx: sorry.html}}";
  static void Visit(auto& v, auto& errors) {
    v.Whole(errors.where);
    v.Tree(
        "pages", errors.pages, PageMap{},
        "The file for a status, or for a class of them (4xx, 5xx); {404: missing.html}. Read once, "
        "at a start or reload. Relative to this file.");
    v("intercept", errors.intercept, Flag{},
      "Also in place of what modules and programs show themselves.");
  }
};

template <>
struct Layout<Cors> {
  static constexpr std::string_view kAbout =
      "Lets pages of other sites use the answers (CORS), and answers what browsers ask beforehand "
      "(preflight). Of a route: in place of its listener's.";
  static constexpr std::string_view kExample = "{origins: [https://app.example.org]}";
  static void Visit(auto& v, auto& cors) {
    v.List("origins", cors.origins, kOrigin,
           "The sites, as browsers name them: https://app.example.org; *: any.");
    v.List("methods", cors.methods, kMethod, "What they may ask with.");
    v.List("headers", cors.headers, kFieldNameOrAny,
           "Request fields that they may set, beside those that any page may; *: any.");
    v.List("expose", cors.expose, kFieldName, "Fields of answers that their scripts see.");
    v("credentials", cors.credentials, Flag{},
      "Cookies and passwords may go along, which needs `origins` by name.");
    v("max_age", cors.max_age, kCorsAge, "How long a browser may go by such an answer.");
  }

 private:
  static constexpr DurationRange kCorsAge = {seconds(1), std::chrono::hours(24), true};
};

}  // namespace tined::config
