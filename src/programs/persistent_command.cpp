#include "programs/detail/persistent_command.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "programs/detail/cell_stream.hpp"
#include "programs/detail/command_talk.hpp"

namespace foundation::programs::detail {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 2> answers_of_cells{"output", "score"};
constexpr std::array<std::string_view, 1> answers_of_texts{"text"};

Json to_json(const model::Value& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  return model::to_string(value);
}

Json to_json(const model::Assignment& settings) {
  Json parameters = Json::object();
  for (const model::Setting& setting : settings.settings())
    parameters[setting.name] = to_json(setting.value);
  return parameters;
}

Json inputs_of(const CommandParts& parts, const Example& example) {
  Json inputs = Json::object();
  const std::vector<std::string>& names = parts.data.data.input_names;
  for (std::size_t i = 0; i < names.size(); ++i) inputs[names[i]] = example.inputs[i];
  return inputs;
}

std::string to_line(const Json& request) {
  return request.dump(-1, ' ', false, Json::error_handler_t::replace);
}

class Persistent final : public PreparedProgram {
 public:
  Persistent(const CommandParts& parts, const model::Candidate& candidate)
      : parts_{parts}, candidate_{candidate.index}, assignment_{candidate.assignment} {}

  [[nodiscard]] CellOutput run(const CellInput& cell) const override {
    return ask_process(
        parts_, assignment_, candidate_,
        {.line = [&](std::uint64_t id) { return request(cell, id); }, .answers = answers_of_cells});
  }

 private:
  [[nodiscard]] std::string request(const CellInput& cell, std::uint64_t id) const {
    return to_line({{"id", id},
                    {"inputs", inputs_of(parts_, *cell.example)},
                    {"parameters", to_json(assignment_)},
                    {"seed", seed_of(parts_, cell)},
                    {"trial", cell.trial}});
  }

  const CommandParts& parts_;
  model::CandidateIndex candidate_;
  model::Assignment assignment_;
};

/// A text request as the process is told of it.
class RequestLine {
 public:
  RequestLine(const CommandParts& parts, const TextInput& input)
      : parts_{parts}, input_{input}, request_{*input.request} {}

  [[nodiscard]] std::string write(std::uint64_t id) const {
    Json attempts = Json::array();
    for (const model::Attempt& attempt : request_.attempts)
      attempts.push_back({{"text", attempt.text}, {"score", attempt.score}});
    Json observations = Json::array();
    for (std::size_t i = 0; i < request_.observations.size(); ++i)
      observations.push_back(observation(i));
    Json examples = Json::array();
    for (const std::uint32_t position : request_.examples) examples.push_back(example(position));
    const Json what{{"kind", model::name_of(request_.kind)},
                    {"parameter", request_.parameter},
                    {"parameters", to_json(request_.assignment)},
                    {"attempts", attempts},
                    {"observations", observations},
                    {"examples", examples},
                    {"notes", request_.notes},
                    {"tip", request_.tip}};
    core::Stream chance = text_stream(parts_.seed, input_);
    return to_line({{"id", id}, {"write", what}, {"seed", draw_seed(chance)}});
  }

 private:
  [[nodiscard]] Json example(std::uint32_t position) const {
    if (position >= parts_.data.size(model::Split::train))
      throw core::Error{core::ErrorKind::bad_input,
                        fmt::format("a text request shows example {}, but the train split has {}",
                                    position, parts_.data.size(model::Split::train))};
    const Example& shown = parts_.data.at(model::Split::train, position);
    return {{"inputs", inputs_of(parts_, shown)}, {"label", shown.label}};
  }

  [[nodiscard]] Json observation(std::size_t index) const {
    const model::Observation& seen = request_.observations[index];
    Json json = example(seen.position / input_.trials);
    json["output"] = seen.output;
    json["status"] = model::name_of(seen.status);
    if (seen.status <= model::CellStatus::wrong) json["score"] = seen.score;
    if (index < input_.feedback.size()) json["feedback"] = input_.feedback[index];
    return json;
  }

  const CommandParts& parts_;
  const TextInput& input_;
  const model::TextRequest& request_;
};

}  // namespace

std::unique_ptr<PreparedProgram> make_persistent(const CommandParts& parts,
                                                 const model::Candidate& candidate) {
  return std::make_unique<Persistent>(parts, candidate);
}

CellOutput write_text(const CommandParts& parts, const TextInput& input) {
  const RequestLine line{parts, input};
  return ask_process(
      parts, input.request->assignment, model::no_candidate,
      {.line = [&](std::uint64_t id) { return line.write(id); }, .answers = answers_of_texts});
}

}  // namespace foundation::programs::detail
