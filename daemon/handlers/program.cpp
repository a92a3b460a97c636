#include "handlers/program.hpp"

#include <fmt/format.h>

#include <system_error>

#include "handlers/program_answer.hpp"
#include "http/cgi_variables.hpp"
#include "http/target.hpp"

namespace tined::handlers {
namespace {

/// Where programs look for others, unless `environment` says otherwise.
constexpr std::string_view kPath = "/usr/local/bin:/usr/bin:/bin";

}  // namespace

ProgramHandler::ProgramHandler(const config::Route& route, std::size_t prefix_size,
                               const config::Program& settings, const Context& context)
    : route_(route),
      settings_(settings),
      programs_(*context.programs),
      port_(context.port),
      prefix_size_(prefix_size),
      limits_(backends::LimitsOf(settings.limits)) {
  if (settings.root) {
    scripts_.emplace(*settings.root);
  } else if (const int error = ExecuteError(*settings.file)) {
    throw std::system_error(error, std::generic_category(), "cannot run " + *settings.file);
  }
}

Script ProgramHandler::Find(std::string_view below) const {
  if (scripts_) return scripts_->Find(below);
  Script script;
  script.file = *settings_.file;
  script.path_info = below;
  return script;
}

std::vector<std::string> ProgramHandler::Environment(const http::Request& request,
                                                     const Script& script) const {
  const std::string_view place = request.path.substr(0, prefix_size_ + script.name.size());
  const std::string path_info = http::RestWithSlashes(request.raw_path, request.path, place.size());
  http::CgiVariables variables =
      http::MakeCgiVariables(request, {.script_name = place,
                                       .path_info = path_info,
                                       .script_filename = script.file,
                                       .port = port_,
                                       .with_authorization = settings_.authorization});
  variables["PATH"] = kPath;
  for (const config::Setting& each : settings_.environment.items) variables[each.key] = each.text;
  std::vector<std::string> environment;
  environment.reserve(variables.size());
  for (const auto& [name, value] : variables)
    environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

void ProgramHandler::Answer(answer::Exchange& exchange) {
  const http::Request& request = exchange.request;
  const Script script = Find(request.path.substr(prefix_size_));
  if (script.failure != 0) return answer::AnswerStatus(exchange, script.failure);
  backends::Programs::Started started = programs_.Start(
      {.facts = {route_.path, script.file, settings_.timeout, std::string(request.request_id)},
       .file = script.descriptor.get(),
       .environment = Environment(request, script),
       .limits = limits_,
       .input = request.body});
  if (!started.program) {
    return answer::AnswerStatus(exchange, started.failure,
                                started.failure == 503 ? "Retry-After: 1\r\n" : "");
  }
  exchange.later = std::make_shared<ProgramAnswer>(std::move(started.program),
                                                   request.method == http::Method::head);
}

}  // namespace tined::handlers
