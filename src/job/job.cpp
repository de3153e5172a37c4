#include "job/job.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "core/quantity.hpp"
#include "job/detail/command_keys.hpp"
#include "job/detail/key.hpp"
#include "job/detail/layer.hpp"

namespace foundation::job {
namespace {

namespace fs = std::filesystem;

/// "did you mean 'packages.toml'?" when a file with a similar name is in the same folder.
std::string nearest_file_hint(const fs::path& missing) {
  std::vector<std::string> names;
  std::error_code failed;
  const fs::path folder = missing.has_parent_path() ? missing.parent_path() : fs::path{"."};
  for (fs::directory_iterator entry{folder, failed}, end; !failed && entry != end;
       entry.increment(failed)) {
    if (!entry->is_directory(failed)) names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  const std::vector<std::string_view> views{names.begin(), names.end()};
  const std::string wanted = missing.filename().string();
  const auto near = core::nearest(wanted, views);
  return near ? fmt::format("did you mean '{}'?", (missing.parent_path() / *near).string())
              : std::string{};
}

[[noreturn]] void reject_file(core::Place place, const fs::path& file, int error_number) {
  const core::Error reason = core::system_error("read", file.string(), error_number);
  throw core::Error{core::ErrorKind::bad_input, std::move(place), reason.what(),
                    nearest_file_hint(file)};
}

std::string read_file(const fs::path& file) {
  if (std::error_code failed; fs::is_directory(file, failed)) reject_file({}, file, EISDIR);
  errno = 0;
  std::ifstream stream{file, std::ios::binary};
  if (!stream) reject_file({}, file, errno);
  std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (stream.bad()) reject_file({}, file, EIO);
  return text;
}

/// ~/.config/foundation/config.toml; empty when there is none.
fs::path user_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  fs::path folder;
  if (config != nullptr && *config == '/') {
    folder = config;
  } else if (home != nullptr && *home == '/') {
    folder = fs::path{home} / ".config";
  } else {
    return {};
  }
  const fs::path file = folder / "foundation" / "config.toml";
  std::error_code failed;
  return fs::is_regular_file(file, failed) ? file : fs::path{};
}

void apply_file(Job& job, const fs::path& file, detail::LayerKind kind) {
  detail::apply_layer(job, detail::parse_toml(read_file(file), file.string()), kind);
}

void apply_environment(Job& job) {
  for (const KeyInfo& info : known_keys()) {
    const std::string variable = detail::variable_of(info);
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr) continue;
    detail::apply_layer(job,
                        detail::parse_single_value(detail::path_of(info), value,
                                                   "environment variable " + variable),
                        detail::LayerKind::single_value);
  }
}

void apply_override(Job& job, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw core::Error{core::ErrorKind::usage,
                      fmt::format("'{}' does not set anything: there is no '='", text),
                      "write SECTION.KEY=VALUE, for example strategy.candidates=64"};
  }
  const std::string_view whole{text};
  detail::apply_layer(
      job,
      detail::parse_single_value(whole.substr(0, equals), whole.substr(equals + 1), "command line"),
      detail::LayerKind::single_value);
}

/// The file's stem with every character that has no place in a folder's name replaced.
std::string default_name(const fs::path& file) {
  std::string name = file.stem().string().substr(0, 64);
  for (char& c : name) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!allowed) c = '-';
  }
  if (name.empty() || name.front() == '.') name.insert(0, "job");
  return name;
}

/// What learns from each candidate must see some: with heats and look-ahead of the others, most of
/// a short search would be proposed before the first candidate is told.
void shorten_heats(Job& job) {
  constexpr std::uint32_t usual = 4;
  constexpr std::uint32_t least = 2;
  if (!optimize::learns_from_each(job.strategy.kind)) return;
  std::uint32_t& heat = job.trajectory.race.heat;
  std::uint32_t& lookahead = job.trajectory.lookahead;
  const bool is_given = job.places.contains("strategy.lookahead");
  if (!job.places.contains("strategy.heat"))
    heat = is_given ? std::clamp(lookahead / 2, least, usual) : usual;
  if (!is_given) lookahead = 2 * heat;
}

/// Defaults that depend on other keys: there is nothing to race over without a trainset, irace
/// races by its own rule, and what learns from whole heats need not look further ahead.
void fill_defaults(Job& job) {
  if (!detail::has_trainset(job) && !job.places.contains("strategy.racing"))
    job.trajectory.race.racing = optimize::Racing::none;
  const bool has_own_race = job.strategy.kind == "irace" && detail::has_trainset(job);
  if (has_own_race && !job.places.contains("strategy.racing"))
    job.trajectory.race.racing = optimize::Racing::friedman;
  if (optimize::proposes_by_heats(job.strategy.kind) && !job.places.contains("strategy.lookahead"))
    job.trajectory.lookahead = job.trajectory.race.heat;
  shorten_heats(job);
}

void complete_plugins(Job& job, const fs::path& folder) {
  for (std::string* plugin : {&job.program.plugin, &job.metric.plugin})
    if (!plugin->empty()) *plugin = (folder / *plugin).lexically_normal().string();
}

/// The cache lies beside the runs folder unless it was put elsewhere.
void complete_lm(Job& job, const fs::path& folder) {
  programs::LmOptions& options = job.program.lm;
  const auto make_absolute = [&folder](std::string& path) {
    if (!path.empty()) path = (folder / path).lexically_normal().string();
  };
  options.writer.is_asked = optimize::reads_texts(job.strategy.kind);
  for (programs::LmStage& stage : options.stages) make_absolute(stage.corpus);
  for (endpoints::EndpointOptions& endpoint : options.client.endpoints) {
    make_absolute(endpoint.api_key_file);
    make_absolute(endpoint.ca_file);
  }
  const fs::path base =
      job.places.contains("program.cache") ? folder : job.runs_folder.parent_path();
  if (!job.lm_cache.empty()) job.lm_cache = (base / job.lm_cache).lexically_normal();
  options.client.cache_folder = job.lm_cache.string();
  programs::JudgeOptions& judge = job.metric.judge;
  judge.client = options.client;
  judge.repairs = options.repairs;
  if (judge.model.empty()) judge.model = options.model;
}

/// What follows from other values: absolute paths, one seed for all.
void complete(Job& job) {
  const fs::path folder = fs::absolute(job.file).parent_path();
  if (!job.trainset.file.empty())
    job.trainset.file = (folder / job.trainset.file).lexically_normal().string();
  job.runs_folder = (folder / job.runs_folder).lexically_normal();
  complete_plugins(job, folder);
  complete_lm(job, folder);
  job.program.seed = job.seed;
  job.strategy.seed = job.seed;
  job.strategy.iteration = job.trajectory.race.heat;
  job.trajectory.proposes_by_heats = optimize::proposes_by_heats(job.strategy.kind);
  detail::complete_command(job);
}

std::string origin_of(const Job& job, std::string_view path) {
  const auto found = job.places.find(path);
  if (found == job.places.end()) return "default";
  const core::Place& place = found->second;
  const bool is_file = place.file == job.file.string() || place.file.ends_with(".toml");
  return is_file ? fmt::format("{}:{}", place.file, place.line) : place.file;
}

/// A job without examples has nothing to say about them.
bool is_about_examples(const KeyInfo& info) { return info.section.starts_with("trainset"); }

}  // namespace

Job load_job(const fs::path& file, const std::vector<std::string>& overrides) {
  Job job;
  job.file = file;
  job.name = default_name(file);
  job.runs_folder = "runs";
  if (const fs::path user = user_file(); !user.empty()) {
    apply_file(job, user, detail::LayerKind::user_file);
  }
  apply_file(job, file, detail::LayerKind::job_file);
  apply_environment(job);
  for (const std::string& text : overrides) apply_override(job, text);
  fill_defaults(job);
  detail::order_declarations(job);
  detail::check_job(job);
  complete(job);
  return job;
}

void require_trainset(const Job& job) {
  if (!detail::has_trainset(job)) return;
  errno = 0;
  if (std::ifstream{job.trainset.file}) return;
  const int error_number = errno;
  const auto place = job.places.find("trainset.file");
  reject_file(place == job.places.end() ? core::Place{} : place->second, job.trainset.file,
              error_number);
}

std::vector<EffectiveKey> effective_keys(const Job& job) {
  std::vector<EffectiveKey> keys;
  for (const detail::Key& key : detail::all_keys()) {
    if (is_about_examples(key.info) && !detail::has_trainset(job)) continue;
    std::string value = detail::shown(job, key);
    if (value.empty()) continue;
    keys.push_back({key.info.section, key.info.key, std::move(value),
                    origin_of(job, detail::path_of(key.info))});
  }
  return keys;
}

std::string effective_toml(const Job& job) {
  std::string text;
  std::string_view section;
  for (const EffectiveKey& key : effective_keys(job)) {
    if (key.section != section) {
      text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", key.section);
      section = key.section;
    }
    text += fmt::format("{} = {}\n", key.key, key.value);
  }
  return text;
}

}  // namespace foundation::job
