#include "exchange/compression.hpp"

#include <algorithm>
#include <utility>

#include "coding/encoder.hpp"
#include "exchange/compressed_source.hpp"
#include "http/list.hpp"
#include "http/status.hpp"

namespace tined::exchange {
namespace {

using http::Coding;

Coding CodingOf(config::Compress::Coding coding) {
  switch (coding) {
    case config::Compress::Coding::zstd:
      return Coding::zstd;
    case config::Compress::Coding::br:
      return Coding::br;
    case config::Compress::Coding::gzip:
      return Coding::gzip;
  }
  return Coding::identity;
}

bool Lists(std::string_view list, std::string_view wanted) {
  bool has = false;
  http::ForEachListElement(
      list, [&](std::string_view element) { has |= http::EqualsIgnoreCase(element, wanted); });
  return has;
}

bool Lists(const answer::Answer& answer, std::string_view field, std::string_view wanted) {
  const std::optional<std::string_view> value = answer.fields.Find(field);
  return value && Lists(*value, wanted);
}

/// Equal bytes are what a strong validator promises (RFC 9110, 8.8.1): what was compressed has
/// others.
void Weaken(answer::Answer& answer) {
  const std::optional<std::string_view> tag = answer.fields.Find("ETag");
  if (!tag || tag->starts_with("W/")) return;
  const std::string weak = "W/" + std::string(*tag);
  answer.fields.Remove("ETag");
  answer.fields.Add("ETag", weak);
}

/// Whether the client has asked about what it was sent compressed.
bool AsksAboutCompressed(const http::Request& request, const answer::Answer& answer) {
  const std::optional<std::string_view> tag = answer.fields.Find("ETag");
  if (!tag || tag->starts_with("W/")) return false;
  const std::string weak = "W/" + std::string(*tag);
  bool asks = false;
  http::ForEachListElement(request, http::Name::if_none_match,
                           [&](std::string_view element) { asks |= element == weak; });
  return asks;
}

}  // namespace

Compression::Compression(const config::Compress& settings, std::shared_ptr<CodedFiles> files)
    : least_(settings.min_size.count),
      most_(settings.max_size.count),
      effort_(settings.effort),
      files_(std::move(files)) {
  for (const config::Compress::Coding coding : settings.codings) {
    codings_.push_back(CodingOf(coding));
  }
  for (const std::string& type : settings.types) {
    types_.push_back(type.ends_with("/*") ? type.substr(0, type.size() - 1) : type);
  }
}

bool Compression::IsOfSuchType(const answer::Answer& answer) const {
  const std::optional<std::string_view> field = answer.fields.Find("Content-Type");
  if (!field) return false;
  const std::string_view name = http::Trim(field->substr(0, field->find(';')));
  return std::any_of(types_.begin(), types_.end(), [&](const std::string& type) {
    const std::size_t size = type.ends_with('/') ? type.size() : name.size();
    return http::EqualsIgnoreCase(name.substr(0, size), type);
  });
}

/// A part is a part of what has not been compressed.
bool Compression::MayBe(const answer::Answer& answer) const {
  return answer.status != 206 && answer.status != 205 && !http::HasNoContent(answer.status) &&
         !answer.fields.Find("Content-Encoding") && !answer.fields.Find("Content-Range") &&
         IsOfSuchType(answer) && !Lists(answer, "Cache-Control", "no-transform");
}

Coding Compression::CodingFor(const http::Request& request) const noexcept {
  const http::AcceptedCodings accepted = http::ParseAcceptEncoding(request);
  Coding best = Coding::identity;
  int most = 0;
  for (const Coding coding : codings_) {
    const int weight = accepted.Weight(coding);
    if (weight <= most) continue;
    best = coding;
    most = weight;
  }
  return accepted.Weight(Coding::identity) > most ? Coding::identity : best;
}

bool Compression::IsOfSuchSize(std::uint64_t size) const noexcept {
  return size >= least_ && size <= most_;
}

void Compression::Apply(const http::Request& request, answer::Answer& answer) const {
  if (codings_.empty()) return;
  if (answer.status == 304 && AsksAboutCompressed(request, answer)) Weaken(answer);
  if (!MayBe(answer)) return;
  const Coding coding = CodingFor(request);
  const bool is_encoded = coding != Coding::identity && Encode(coding, answer);
  if (!Lists(answer, "Vary", "Accept-Encoding") && !Lists(answer, "Vary", "*")) {
    answer.fields.Add("Vary", "Accept-Encoding");
  }
  if (!is_encoded) return;
  answer.fields.Add("Content-Encoding", http::NameOf(coding));
  // Ranges would be of what is not sent here.
  answer.fields.Remove("Accept-Ranges");
  Weaken(answer);
}

bool Compression::Encode(Coding coding, answer::Answer& answer) const {
  if (std::holds_alternative<answer::Bytes>(answer.body)) return EncodeBytes(coding, answer);
  if (std::holds_alternative<answer::FileSlice>(answer.body)) return EncodeFile(coding, answer);
  if (std::holds_alternative<answer::Source>(answer.body)) return EncodeSource(coding, answer);
  return false;
}

bool Compression::EncodeBytes(Coding coding, answer::Answer& answer) const {
  auto& bytes = std::get<answer::Bytes>(answer.body);
  const std::string_view text = bytes.text();
  if (!IsOfSuchSize(text.size())) return false;
  // Prepared fields are a file's: it will be asked for again, and its tag is its alone.
  const std::string_view tag = answer.fields.prepared().empty()
                                   ? std::string_view()
                                   : answer.fields.Find("ETag").value_or(std::string_view());
  std::string encoded = files_->Get(text, tag, coding, effort_);
  if (encoded.empty() || encoded.size() >= text.size()) return false;
  answer.body = answer::Bytes{{}, std::move(encoded)};
  return true;
}

bool Compression::EncodeFile(Coding coding, answer::Answer& answer) const {
  const auto& slice = std::get<answer::FileSlice>(answer.body);
  if (slice.offset != 0 || !IsOfSuchSize(slice.length)) return false;
  const std::optional<std::string_view> tag = answer.fields.Find("ETag");
  std::string encoded = files_->Get(slice, tag.value_or(std::string_view()), coding, effort_);
  if (encoded.empty() || encoded.size() >= slice.length) return false;
  answer.body = answer::Bytes{{}, std::move(encoded)};
  return true;
}

bool Compression::EncodeSource(Coding coding, answer::Answer& answer) const {
  auto& source = std::get<answer::Source>(answer.body);
  if (source.length && *source.length < least_) return false;
  std::unique_ptr<coding::Encoder> encoder = coding::MakeEncoder(coding, effort_);
  if (encoder == nullptr) return false;
  source.pieces = std::make_unique<CompressedSource>(std::move(source.pieces), std::move(encoder));
  source.length.reset();
  return true;
}

}  // namespace tined::exchange
