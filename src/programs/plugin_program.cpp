#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "programs/detail/built_in_programs.hpp"
#include "programs/detail/cell_stream.hpp"
#include "programs/detail/file_digest.hpp"
#include "programs/detail/plugin_library.hpp"

namespace foundation::programs::detail {
namespace {

namespace abi = plugin::abi;
using model::CellStatus;
using plugin::Kind;

std::vector<std::string> texts_of(abi::Texts texts) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < texts.size; ++i) all.push_back(from_plugin(texts.data[i]));
  return all;
}

model::ParameterKind kind_of(const std::string& path, std::uint32_t kind) {
  switch (static_cast<Kind>(kind)) {
    case Kind::real: return model::ParameterKind::real;
    case Kind::log_real: return model::ParameterKind::log_real;
    case Kind::integer: return model::ParameterKind::integer;
    case Kind::categorical: return model::ParameterKind::categorical;
    case Kind::boolean: return model::ParameterKind::boolean;
    case Kind::text: return model::ParameterKind::text;
  }
  refuse_plugin(path, fmt::format("has a parameter of the unknown kind {}", kind),
                "build it with the plugin.hpp of this version");
}

model::Value value_of(const abi::Value& value) {
  switch (static_cast<Kind>(value.kind)) {
    case Kind::integer: return value.integer;
    case Kind::boolean: return value.truth != 0;
    case Kind::categorical:
    case Kind::text: return from_plugin(value.text);
    default: return value.real;
  }
}

abi::Setting to_abi(const model::Setting& setting) {
  abi::Setting plain{};
  plain.name = plugin_text(setting.name);
  if (const auto* number = std::get_if<double>(&setting.value)) {
    plain.value.kind = static_cast<std::uint32_t>(Kind::real);
    plain.value.real = *number;
  } else if (const auto* whole = std::get_if<std::int64_t>(&setting.value)) {
    plain.value.kind = static_cast<std::uint32_t>(Kind::integer);
    plain.value.integer = *whole;
  } else if (const auto* truth = std::get_if<bool>(&setting.value)) {
    plain.value.kind = static_cast<std::uint32_t>(Kind::boolean);
    plain.value.truth = *truth ? 1 : 0;
  } else if (const auto* text = std::get_if<std::string>(&setting.value)) {
    plain.value.kind = static_cast<std::uint32_t>(Kind::text);
    plain.value.text = plugin_text(*text);
  }
  return plain;
}

/// A loaded library with its program.
class Plugin {
 public:
  explicit Plugin(std::string path) : path_{std::move(path)} {
    table_ = &library_.open<abi::Table>(path_, abi::entry, "FOUNDATION_PLUGIN");
    std::string failure;
    program_ = table_->create(into(failure));
    if (program_ == nullptr) refuse_plugin(path_, fmt::format("cannot be used: {}", failure), {});
  }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  ~Plugin() {
    if (program_ != nullptr) table_->destroy(program_);
  }

  [[nodiscard]] std::vector<model::Parameter> parameters() const {
    struct Found {
      const std::string& path;
      std::vector<model::Parameter> all;
      std::exception_ptr failure;  // nothing may be thrown through the plugin
    } found{path_, {}, {}};
    const abi::ParameterSink sink{&found, [](void* to, const abi::Parameter* it) {
                                    Found& target = *static_cast<Found*>(to);
                                    try {
                                      target.all.push_back(parameter_of(target.path, *it));
                                    } catch (...) {
                                      if (!target.failure)
                                        target.failure = std::current_exception();
                                    }
                                  }};
    std::string failure;
    if (!table_->parameters(program_, sink, into(failure)))
      refuse_plugin(path_, fmt::format("does not tell its parameters: {}", failure), {});
    if (found.failure) std::rethrow_exception(found.failure);
    return std::move(found.all);
  }

  /// Throws core::Error{bad_input} with what the plugin says.
  [[nodiscard]] void* prepare(const model::Assignment& assignment) const {
    std::vector<abi::Setting> settings;
    for (const model::Setting& setting : assignment.settings()) settings.push_back(to_abi(setting));
    std::string failure;
    void* prepared = table_->prepare(program_, settings.data(), settings.size(), into(failure));
    if (prepared == nullptr)
      refuse_plugin(path_, fmt::format("does not take a candidate: {}", failure), {});
    return prepared;
  }

  [[nodiscard]] CellOutput run(const void* prepared, abi::Cell cell) const {
    CellOutput output;
    double cost = std::numeric_limits<double>::quiet_NaN();
    cell.cost = &cost;
    switch (table_->run(prepared, &cell, into(output.text))) {
      case plugin::detail::answered: break;
      case plugin::detail::invalid_output: output.status = CellStatus::invalid_output; break;
      case plugin::detail::out_of_memory:
        output = {CellStatus::out_of_memory, "the plugin ran out of memory"};
        break;
      default: output.status = CellStatus::crashed;
    }
    if (std::isfinite(cost)) output.cost = cost;
    return output;
  }

  void release(void* prepared) const noexcept { table_->release(prepared); }

 private:
  static model::Parameter parameter_of(const std::string& path, const abi::Parameter& plain) {
    model::Parameter parameter{.name = from_plugin(plain.name),
                               .kind = kind_of(path, plain.initial.kind),
                               .low = plain.low,
                               .high = plain.high,
                               .choices = texts_of(plain.choices),
                               .initial = value_of(plain.initial),
                               .conditions = {},
                               .description = from_plugin(plain.description)};
    for (std::size_t i = 0; i < plain.condition_count; ++i)
      parameter.conditions.push_back({.parameter = from_plugin(plain.conditions[i].parameter),
                                      .values = texts_of(plain.conditions[i].values)});
    return parameter;
  }

  std::string path_;
  PluginLibrary library_;
  const abi::Table* table_ = nullptr;
  void* program_ = nullptr;
};

class PreparedPlugin final : public PreparedProgram {
 public:
  PreparedPlugin(const Plugin& plugin, const model::Assignment& assignment,
                 const SplitDataset& data, std::uint64_t seed)
      : plugin_{plugin}, prepared_{plugin.prepare(assignment)}, data_{data}, seed_{seed} {
    for (const std::string& name : data.data.input_names) names_.push_back(plugin_text(name));
  }
  PreparedPlugin(const PreparedPlugin&) = delete;
  PreparedPlugin& operator=(const PreparedPlugin&) = delete;
  ~PreparedPlugin() override { plugin_.release(prepared_); }

  [[nodiscard]] CellOutput run(const CellInput& cell) const override {
    std::vector<abi::Text> inputs;
    for (const std::string& input : cell.example->inputs) inputs.push_back(plugin_text(input));
    return plugin_.run(prepared_, {.names = {names_.data(), names_.size()},
                                   .inputs = {inputs.data(), inputs.size()},
                                   .id = plugin_text(cell.example->id),
                                   .seed = cell_stream(seed_, data_, cell).next(),
                                   .trial = cell.trial,
                                   .cost = nullptr});
  }

 private:
  const Plugin& plugin_;
  void* prepared_;
  const SplitDataset& data_;
  std::uint64_t seed_;
  std::vector<abi::Text> names_;
};

/// Loads the library when it is needed: a rank that only passes cells on to its children never
/// does.
class PluginProgram final : public Program {
 public:
  explicit PluginProgram(const ProgramOptions& options)
      : path_{options.plugin}, seed_{options.seed}, isolated_{options.isolate.value_or(true)} {}

  [[nodiscard]] bool runs_in_child() const noexcept override { return isolated_; }
  [[nodiscard]] std::string cost_unit() const override { return "as reported"; }
  [[nodiscard]] std::string identity() const override {
    return fmt::format("plugin 1 {}", file_digest(path_).hex());
  }
  [[nodiscard]] model::Space space() const override { return model::Space{loaded().parameters()}; }
  [[nodiscard]] std::unique_ptr<PreparedProgram> prepare(const model::Candidate& candidate,
                                                         const SplitDataset& data) const override {
    return std::make_unique<PreparedPlugin>(loaded(), candidate.assignment, data, seed_);
  }

 private:
  [[nodiscard]] const Plugin& loaded() const {
    const std::lock_guard lock{mutex_};
    if (!plugin_) plugin_ = std::make_unique<Plugin>(path_);
    return *plugin_;
  }

  std::string path_;
  std::uint64_t seed_;
  bool isolated_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Plugin> plugin_;
};

}  // namespace

std::unique_ptr<Program> make_plugin(const ProgramOptions& options) {
  return std::make_unique<PluginProgram>(options);
}

}  // namespace foundation::programs::detail
