#include "job/detail/key.hpp"

namespace foundation::job {
namespace {

/// Keys that are part of the space's own digest, or of the program's identity, which holds what is
/// in a stage's files instead of their names.
bool counts_elsewhere(const KeyInfo& info) {
  return info.section == "program" && (info.key == "parameters" || info.key == "constraints" ||
                                       info.key == "starting_points" || info.key == "stages");
}

}  // namespace

/// Prices count only where candidates are compared by what they cost.
core::Digest identity(const Job& job, const model::Space& space,
                      const std::string& program_identity, const core::Digest& data) {
  core::Hasher hasher;
  hasher.add("foundation job 1");
  for (const detail::Key& key : detail::all_keys()) {
    if (!key.info.defines_trajectory || counts_elsewhere(key.info)) continue;
    const std::string shown = detail::shown(job, key);
    if (shown.empty()) continue;  // means nothing to this job
    hasher.add(key.info.section).add(key.info.key).add(shown);
  }
  if (job.trajectory.objectives.counts(optimize::Objective::cost) && job.program.kind == "lm")
    hasher.add(job.program.lm.client.limits.input_price)
        .add(job.program.lm.client.limits.output_price);
  const core::Digest of_space = space.digest();
  hasher.add(of_space.high).add(of_space.low);
  hasher.add(program_identity).add(data.high).add(data.low);
  return hasher.digest();
}

}  // namespace foundation::job
