#include "programs/detail/command_slot.hpp"

#include "core/contracts.hpp"
#include "process/environment.hpp"

namespace foundation::programs::detail {

const process::ScratchFolder& CommandSlot::fresh_scratch() {
  if (scratch_) {
    scratch_->empty();
  } else {
    scratch_.emplace();
  }
  return *scratch_;
}

process::Command CommandSlot::command(std::vector<std::string> arguments) const {
  EXPECTS(scratch_.has_value());
  // What marks the processes of a launch is passed on, so that its launcher finds them, too.
  std::vector<std::string> passed = options_.passed;
  passed.emplace_back("FOUNDATION_LAUNCH_ID");
  std::map<std::string, std::string> settings = options_.environment;
  settings.emplace("TMPDIR", scratch_->temporary().string());
  arguments.insert(arguments.begin(), options_.executable);
  return {.executable = options_.executable,
          .arguments = std::move(arguments),
          .environment = process::make_environment(passed, settings),
          .folder = scratch_->work().string(),
          .limits = options_.limits};
}

}  // namespace foundation::programs::detail
