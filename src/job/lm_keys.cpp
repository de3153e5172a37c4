// The tables [[program.stages]] and [[program.endpoints]].
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "job/detail/key.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

using endpoints::EndpointOptions;
using programs::LmField;
using programs::LmFormat;
using programs::LmStage;

constexpr double highest_temperature = 10;
constexpr double highest_weight = 1e6;
constexpr std::uint64_t most_tokens = 1'000'000;
constexpr std::uint64_t most_passages = 1000;
constexpr std::uint64_t most_demonstrations = 10'000;

/// A key of a table in a list: how it is read into `Target`, and how it is written.
template <class Target>
struct Part {
  std::string_view name;
  void (*assign)(Target& target, const Reading& value);
  /// Empty: it has its default, or means nothing here.
  std::string (*show)(const Target& target);
};

/// Whoever writes an API key into a job file is told better, without a line that repeats it.
[[noreturn]] void reject_unknown(const Entry& entry, std::string_view what,
                                 const std::vector<std::string_view>& known) {
  core::Place place = entry.place;
  std::string hint = hint_for(entry.name, known);
  if (entry.name.find("key") != std::string::npos) {
    place.text.clear();
    hint =
        "API keys stay out of job files: name a variable with api_key_env or a file of mode "
        "0600 with api_key_file";
  }
  throw core::Error{core::ErrorKind::bad_input, std::move(place),
                    fmt::format("unknown key '{}' of {}", entry.name, what), std::move(hint)};
}

template <class Target>
Target read_table(std::span<const Part<Target>> parts, const Node& node, std::string_view what) {
  Target target;
  for (const Entry& entry : Reading{what, node}.table()) {
    const auto part = std::ranges::find(parts, entry.name, &Part<Target>::name);
    if (part == parts.end()) {
      std::vector<std::string_view> names;
      for (const Part<Target>& known : parts) names.push_back(known.name);
      reject_unknown(entry, what, names);
    }
    part->assign(target, Reading{part->name, entry.node});
  }
  return target;
}

template <class Target>
std::string show_table(std::span<const Part<Target>> parts, const Target& target) {
  std::string text;
  for (const Part<Target>& part : parts) {
    const std::string value = part.show(target);
    if (value.empty()) continue;
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", part.name, value);
  }
  return "{" + text + "}";
}

template <class Target>
std::string show_list(std::span<const Part<Target>> parts, const std::vector<Target>& targets) {
  std::string text;
  for (const Target& target : targets)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", show_table(parts, target));
  return "[" + text + "]";
}

std::string unless_empty(const std::string& text) {
  return text.empty() ? std::string{} : toml_text(text);
}

std::string needed_text(const Reading& value) {
  std::string text = value.text();
  if (text.empty()) value.reject("must not be empty");
  return text;
}

std::size_t index_in(std::span<const std::string_view> names, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

// --- fields
// ----------------------------------------------------------------------------------------

constexpr Part<LmField> field_parts[] = {
    {"name", [](LmField& field, const Reading& value) { field.name = needed_text(value); },
     [](const LmField& field) { return toml_text(field.name); }},
    {"description", [](LmField& field, const Reading& value) { field.description = value.text(); },
     [](const LmField& field) { return unless_empty(field.description); }},
    {"shows", [](LmField& field, const Reading& value) { field.shows = needed_text(value); },
     [](const LmField& field) { return unless_empty(field.shows); }},
};

/// "text", or ["text", {name = "title", description = "..."}].
std::vector<LmField> read_fields(const Reading& value) {
  const auto read = [](const Node& node) {
    if (const auto* name = std::get_if<std::string>(&node.value)) return LmField{.name = *name};
    LmField field = read_table<LmField>(field_parts, node, "a field");
    if (field.name.empty()) Reading{"a field", node}.reject("has no name");
    return field;
  };
  if (std::holds_alternative<std::string>(value.node().value)) return {read(value.node())};
  std::vector<LmField> fields;
  for (const Node& node : value.array()) fields.push_back(read(node));
  return fields;
}

std::string show_fields(const std::vector<LmField>& fields) {
  return show_list<LmField>(field_parts, fields);
}

// --- stages
// ----------------------------------------------------------------------------------------

/// Keys of stages that ask a model mean nothing to a stage that retrieves, and the other way round.
bool asks(const LmStage& stage) { return stage.kind != LmStage::Kind::retrieve; }

constexpr Part<LmStage> stage_parts[] = {
    {"name", [](LmStage& stage, const Reading& value) { stage.name = needed_text(value); },
     [](const LmStage& stage) { return toml_text(stage.name); }},
    {"kind",
     [](LmStage& stage, const Reading& value) {
       const auto kinds = programs::lm_stage_kinds();
       stage.kind = static_cast<LmStage::Kind>(index_in(kinds, value.one_of(kinds)));
     },
     [](const LmStage& stage) {
       return toml_text(programs::lm_stage_kinds()[static_cast<std::size_t>(stage.kind)]);
     }},
    {"inputs", [](LmStage& stage, const Reading& value) { stage.inputs = read_fields(value); },
     [](const LmStage& stage) { return show_fields(stage.inputs); }},
    {"outputs", [](LmStage& stage, const Reading& value) { stage.outputs = read_fields(value); },
     [](const LmStage& stage) { return show_fields(stage.outputs); }},
    {"instruction",
     [](LmStage& stage, const Reading& value) { stage.instruction = needed_text(value); },
     [](const LmStage& stage) { return unless_empty(stage.instruction); }},
    {"instructions",
     [](LmStage& stage, const Reading& value) { stage.instructions = value.texts(); },
     [](const LmStage& stage) {
       return stage.instructions.empty() ? std::string{} : toml_text(stage.instructions);
     }},
    {"max_demonstrations",
     [](LmStage& stage, const Reading& value) {
       stage.max_demonstrations = static_cast<std::uint32_t>(value.whole(0, most_demonstrations));
     },
     [](const LmStage& stage) {
       return asks(stage) ? toml_text(stage.max_demonstrations) : std::string{};
     }},
    {"temperature",
     [](LmStage& stage, const Reading& value) {
       stage.temperature = value.number(0, highest_temperature);
     },
     [](const LmStage& stage) {
       return asks(stage) ? toml_text(stage.temperature) : std::string{};
     }},
    {"max_tokens",
     [](LmStage& stage, const Reading& value) {
       stage.max_tokens = static_cast<std::uint32_t>(value.whole(1, most_tokens));
     },
     [](const LmStage& stage) {
       return asks(stage) ? toml_text(stage.max_tokens) : std::string{};
     }},
    {"model", [](LmStage& stage, const Reading& value) { stage.model = needed_text(value); },
     [](const LmStage& stage) { return unless_empty(stage.model); }},
    {"format",
     [](LmStage& stage, const Reading& value) {
       const auto formats = programs::lm_formats();
       stage.format = static_cast<LmFormat>(index_in(formats, value.one_of(formats)));
     },
     [](const LmStage& stage) {
       return asks(stage)
                  ? toml_text(programs::lm_formats()[static_cast<std::size_t>(stage.format)])
                  : std::string{};
     }},
    {"corpus", [](LmStage& stage, const Reading& value) { stage.corpus = needed_text(value); },
     [](const LmStage& stage) { return unless_empty(stage.corpus); }},
    {"text", [](LmStage& stage, const Reading& value) { stage.text = needed_text(value); },
     [](const LmStage& stage) { return asks(stage) ? std::string{} : toml_text(stage.text); }},
    {"passages",
     [](LmStage& stage, const Reading& value) {
       stage.passages = static_cast<std::uint32_t>(value.whole(1, most_passages));
     },
     [](const LmStage& stage) { return asks(stage) ? std::string{} : toml_text(stage.passages); }},
};

constexpr std::array<std::string_view, 7> asking_keys{
    "instruction", "instructions", "max_demonstrations", "temperature", "max_tokens",
    "model",       "format"};
constexpr std::array<std::string_view, 3> retrieving_keys{"corpus", "text", "passages"};

void reject_meaningless(const LmStage& stage, const Node& node) {
  const std::span<const std::string_view> meaningless =
      asks(stage) ? std::span<const std::string_view>{retrieving_keys} : asking_keys;
  for (const Entry& entry : std::get<Table>(node.value)) {
    if (std::ranges::find(meaningless, entry.name) == meaningless.end()) continue;
    throw core::Error{core::ErrorKind::bad_input, entry.place,
                      fmt::format("'{}' means nothing to a stage of kind '{}'", entry.name,
                                  programs::lm_stage_kinds()[static_cast<std::size_t>(stage.kind)]),
                      "remove it, or choose another kind"};
  }
}

// --- endpoints
// -------------------------------------------------------------------------------------

constexpr Part<EndpointOptions> endpoint_parts[] = {
    {"url", [](EndpointOptions& it, const Reading& value) { it.url = needed_text(value); },
     [](const EndpointOptions& it) { return toml_text(it.url); }},
    {"weight",
     [](EndpointOptions& it, const Reading& value) {
       it.weight = value.number(0, highest_weight);
       if (it.weight == 0) value.reject("must be above 0");
     },
     [](const EndpointOptions& it) { return toml_text(it.weight); }},
    {"api_key_env",
     [](EndpointOptions& it, const Reading& value) { it.api_key_env = needed_text(value); },
     [](const EndpointOptions& it) { return unless_empty(it.api_key_env); }},
    {"api_key_file",
     [](EndpointOptions& it, const Reading& value) { it.api_key_file = needed_text(value); },
     [](const EndpointOptions& it) { return unless_empty(it.api_key_file); }},
    {"ca_file", [](EndpointOptions& it, const Reading& value) { it.ca_file = needed_text(value); },
     [](const EndpointOptions& it) { return unless_empty(it.ca_file); }},
};

}  // namespace

void assign_stages(Job& job, const Reading& value) {
  job.program.lm.stages.clear();
  for (const Node& node : value.array()) {
    LmStage stage = read_table<LmStage>(stage_parts, node, "a stage");
    reject_meaningless(stage, node);
    job.program.lm.stages.push_back(std::move(stage));
  }
}

std::string show_stages(const Job& job) {
  return show_list<LmStage>(stage_parts, job.program.lm.stages);
}

void assign_endpoints(Job& job, const Reading& value) {
  std::vector<EndpointOptions>& endpoints = job.program.lm.client.endpoints;
  endpoints.clear();
  for (const Node& node : value.array()) {
    EndpointOptions endpoint = read_table<EndpointOptions>(endpoint_parts, node, "an endpoint");
    const Reading whole{"an endpoint", node};
    if (endpoint.url.empty()) whole.reject("has no url");
    if (!endpoint.api_key_env.empty() && !endpoint.api_key_file.empty())
      whole.reject("has two API keys", "keep api_key_env or api_key_file");
    endpoints.push_back(std::move(endpoint));
  }
}

std::string show_endpoints(const Job& job) {
  return show_list<EndpointOptions>(endpoint_parts, job.program.lm.client.endpoints);
}

void assign_cache(Job& job, const Reading& value) {
  job.lm_cache = value.is_word("none") ? std::string{} : needed_text(value);
}

std::string show_cache(const Job& job) {
  return toml_text(job.lm_cache.empty() ? std::string{"none"} : job.lm_cache.string());
}

}  // namespace foundation::job::detail
