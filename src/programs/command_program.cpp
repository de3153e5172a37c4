#include <filesystem>

#include "process/run.hpp"
#include "programs/command_template.hpp"
#include "programs/detail/built_in_programs.hpp"
#include "programs/detail/cell_stream.hpp"
#include "programs/detail/command_answer.hpp"
#include "programs/detail/command_slot.hpp"
#include "programs/detail/file_digest.hpp"
#include "programs/detail/persistent_command.hpp"

namespace foundation::programs::detail {
namespace {

TemplateNames names_of(const CommandOptions& options, const SplitDataset& data) {
  const bool is_one_shot = options.mode == CommandMode::one_shot;
  TemplateNames names{.parameters = {},
                      .fields = data.data.input_names,
                      .parameters_vary = is_one_shot || options.restart == Restart::candidate,
                      .cells_vary = is_one_shot};
  for (const model::Parameter& parameter : options.parameters)
    names.parameters.push_back(parameter.name);
  return names;
}

/// A process for each cell.
class OneShot final : public PreparedProgram {
 public:
  OneShot(const CommandParts& parts, model::Assignment assignment)
      : parts_{parts}, assignment_{std::move(assignment)} {}

  [[nodiscard]] CellOutput run(const CellInput& cell) const override {
    const process::ScratchFolder& scratch = parts_.slot.fresh_scratch();
    const TemplateValues values{.parameters = &assignment_,
                                .fields = &cell.example->inputs,
                                .seed = seed_of(parts_, cell),
                                .trial = cell.trial,
                                .scratch = scratch.work().string(),
                                .folder = parts_.options.folder};
    const process::Ending ending =
        process::run(parts_.slot.command(parts_.arguments.expand(values)));
    return parts_.answers.read(ending, parts_.options.limits, scratch.work().string());
  }

 private:
  const CommandParts& parts_;
  model::Assignment assignment_;
};

class CommandProgram final : public Program {
 public:
  CommandProgram(const ProgramOptions& options, const SplitDataset& data)
      : options_{options.command},
        slot_{options_},
        parts_{.options = options_,
               .data = data,
               .seed = options.seed,
               .arguments = {options_.arguments, names_of(options_, data)},
               .answers = {options_.answer, options_.exit_statuses},
               .slot = slot_} {}

  /// Keys of the job are part of its identity anyway; this is what they do not show.
  [[nodiscard]] std::string identity() const override {
    core::Hasher hasher;
    const auto add = [&hasher](const std::string& path) {
      const core::Digest digest = file_digest(path);
      hasher.add(digest.high).add(digest.low);
    };
    add(options_.executable);
    for (const std::string& file : options_.files) add(file);
    for (const std::string& file : scripts()) add(file);
    return "command 1 " + hasher.digest().hex();
  }
  [[nodiscard]] model::Space space() const override {
    std::vector<model::Parameter> parameters = options_.parameters;
    for (model::Parameter& parameter : parameters)
      parameter.open = writes_texts() && parameter.kind == model::ParameterKind::text;
    return model::Space{std::move(parameters)};
  }
  [[nodiscard]] bool writes_texts() const noexcept override {
    return options_.mode == CommandMode::persistent;
  }
  [[nodiscard]] CellOutput write(const TextInput& input, const SplitDataset&) const override {
    return write_text(parts_, input);
  }
  [[nodiscard]] std::string cost_unit() const override {
    return options_.may_tell_cost() ? "as reported" : "";
  }
  [[nodiscard]] bool runs_in_child() const noexcept override { return true; }
  [[nodiscard]] std::unique_ptr<PreparedProgram> prepare(const model::Candidate& candidate,
                                                         const SplitDataset&) const override {
    if (options_.mode == CommandMode::one_shot)
      return std::make_unique<OneShot>(parts_, candidate.assignment);
    return make_persistent(parts_, candidate);
  }

 private:
  /// Arguments that are the same in every run and name a file: scripts, most likely.
  [[nodiscard]] std::vector<std::string> scripts() const {
    std::vector<std::string> files;
    TemplateValues constants;
    constants.folder = options_.folder;
    for (const std::vector<std::string>& group : options_.arguments) {
      for (const std::string& text : group) {
        const TemplateArgument argument{text, names_of(options_, parts_.data)};
        if (!argument.is_constant()) continue;
        const std::string path = argument.expand(constants);
        std::error_code ignored;
        if (path.find('/') != std::string::npos && std::filesystem::is_regular_file(path, ignored))
          files.push_back(path);
      }
    }
    return files;
  }

  CommandOptions options_;
  mutable CommandSlot slot_;  // one thread at a time: see Program::runs_in_child
  CommandParts parts_;
};

}  // namespace

std::uint64_t seed_of(const CommandParts& parts, const CellInput& cell) {
  core::Stream stream = cell_stream(parts.seed, parts.data, cell);
  return draw_seed(stream);
}

std::unique_ptr<Program> make_command(const ProgramOptions& options, const SplitDataset& data) {
  return std::make_unique<CommandProgram>(options, data);
}

}  // namespace foundation::programs::detail
