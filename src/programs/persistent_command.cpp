#include "programs/detail/persistent_command.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/terminal_text.hpp"

namespace foundation::programs::detail {
namespace {

using model::CellStatus;
using Json = nlohmann::json;

constexpr std::size_t shown_reply = 80;

Json to_json(const model::Value& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  return model::to_string(value);
}

std::string to_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// A reply that is none: what the protocol says about it in `why`.
CellOutput violation(std::string_view why, std::string_view line, std::string_view errors) {
  return failure(CellStatus::invalid_output,
                 fmt::format("{}: '{}'", why, core::visible(line, shown_reply)), errors);
}

/// What a reply says, or nothing but what is wrong with it.
struct Understood {
  CellOutput output;
  bool is_reply = true;
};

Understood understand(const std::string& line, std::uint64_t id, const std::string& errors) {
  const auto reject = [&](std::string_view why) {
    return Understood{violation(why, line, errors), false};
  };
  const Json reply = Json::parse(line, nullptr, false);
  if (reply.is_discarded() || !reply.is_object()) return reject("its reply is no JSON object");
  if (!reply.contains("id") || reply["id"] != id)
    return reject(fmt::format("its reply does not have the id {}", id));
  const int answers = static_cast<int>(reply.contains("output")) +
                      static_cast<int>(reply.contains("score")) +
                      static_cast<int>(reply.contains("error"));
  if (answers != 1) return reject("its reply has not exactly one of output, score and error");
  if (reply.contains("error"))
    return {failure(CellStatus::crashed,
                    "it reports an error: " + core::visible(to_text(reply["error"])), errors)};
  if (reply.contains("output"))
    return {{CellStatus::ok, core::valid_utf8(to_text(reply["output"]))}};
  if (!reply["score"].is_number()) return reject("its reply has a score that is no number");
  return {{CellStatus::ok, reply["score"].dump()}};
}

class Persistent final : public PreparedProgram {
 public:
  Persistent(const CommandParts& parts, const model::Candidate& candidate)
      : parts_{parts}, candidate_{candidate.index}, assignment_{candidate.assignment} {}

  [[nodiscard]] CellOutput run(const CellInput& cell) const override {
    CommandSlot& slot = parts_.slot;
    if (parts_.options.restart == Restart::candidate && slot.candidate != candidate_) end_session();
    while (true) {
      if (!slot.session) start_session();
      const bool is_fresh = slot.session->answered() == 0;
      const std::uint64_t id = ++slot.requests;
      const process::Session::Reply reply = slot.session->ask(request(cell, id));
      if (reply.line) {
        Understood understood = understand(*reply.line, id, reply.ending.errors);
        if (!understood.is_reply) end_session();  // who knows what it would answer next
        return std::move(understood.output);
      }
      slot.session.reset();
      const bool is_late =
          reply.ending.limit == process::Limit::wall || reply.ending.limit == process::Limit::cpu;
      if (is_fresh || is_late) return ended(reply.ending);
    }
  }

 private:
  void start_session() const {
    const process::ScratchFolder& scratch = parts_.slot.fresh_scratch();
    const TemplateValues values{.parameters = &assignment_,
                                .scratch = scratch.work().string(),
                                .folder = parts_.options.folder};
    parts_.slot.session.emplace(parts_.slot.command(parts_.arguments.expand(values)));
    parts_.slot.candidate = candidate_;
  }

  void end_session() const {
    if (!parts_.slot.session) return;
    static_cast<void>(parts_.slot.session->end());
    parts_.slot.session.reset();
  }

  [[nodiscard]] CellOutput ended(const process::Ending& ending) const {
    const bool has_left = ending.start_error == 0 && ending.limit == process::Limit::none;
    if (!has_left) return failure(ending, parts_.options.limits);
    return failure(CellStatus::crashed,
                   "it ended without an answer: " + describe(ending, parts_.options.limits),
                   ending.errors);
  }

  [[nodiscard]] std::string request(const CellInput& cell, std::uint64_t id) const {
    Json inputs = Json::object();
    const std::vector<std::string>& names = parts_.data.data.input_names;
    for (std::size_t i = 0; i < names.size(); ++i) inputs[names[i]] = cell.example->inputs[i];
    Json parameters = Json::object();
    for (const model::Setting& setting : assignment_.settings())
      parameters[setting.name] = to_json(setting.value);
    return Json{{"id", id},
                {"inputs", inputs},
                {"parameters", parameters},
                {"seed", seed_of(parts_, cell)},
                {"trial", cell.trial}}
        .dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const CommandParts& parts_;
  model::CandidateIndex candidate_;
  model::Assignment assignment_;
};

}  // namespace

std::unique_ptr<PreparedProgram> make_persistent(const CommandParts& parts,
                                                 const model::Candidate& candidate) {
  return std::make_unique<Persistent>(parts, candidate);
}

}  // namespace foundation::programs::detail
