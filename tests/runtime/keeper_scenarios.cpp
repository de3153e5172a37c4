#include "keeper_scenarios.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <signal.h>
#include <unistd.h>

namespace foundation::testing {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

namespace {

constexpr std::array stop_signals = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGHUP, SIGQUIT};
constexpr useconds_t slow_rebuild = 300'000;

std::optional<runtime::Keeper>& kept() {
  static std::optional<runtime::Keeper> keeper;
  return keeper;
}

/// Whole or not at all, for readers that wait for the file.
void write_file(const fs::path& file, const std::string& text) {
  const fs::path part = file.string() + ".part";
  std::ofstream{part} << text;
  fs::rename(part, file);
}

std::string target_of(int descriptor) {
  std::error_code failed;
  return fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), failed).string();
}

/// What a started child finds: input, output, environment, descriptors, group.
std::string describe_self() {
  std::string text = "in " + target_of(0) + "\nout " + target_of(1) + "\n";
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_STEP_ID", "KEPT"})
    if (const char* value = std::getenv(name)) text += std::string{name} + "=" + value + "\n";
  for (int descriptor = 3; descriptor < 64; ++descriptor)
    if (const std::string target = target_of(descriptor); target.starts_with("socket"))
      text += "inherited " + target + "\n";
  text += getpgrp() == getpid() ? "own group\n" : "group of others\n";
  std::cout << "dropped\n";
  return text;
}

int play_child(const fs::path& folder, const Words& words) {
  write_file(folder / "child", std::to_string(getpid()));
  if (words[0] == "exit") return std::stoi(words[1]);
  if (words[0] == "die") raise(std::stoi(words[1]));
  if (words[0] == "sleep") sleep(static_cast<unsigned>(std::stoi(words[1])));
  if (words[0] == "describe") write_file(folder / "description", describe_self());
  write_file(folder / "child-ended", "");
  return 0;
}

int play_rebuild(const Words& words) {
  const fs::path folder = words[1];
  std::ofstream log{folder / "rebuilds", std::ios::app};
  for (std::size_t i = 2; i < words.size(); ++i) log << words[i] << ' ';
  log << std::endl;
  if (fs::exists(folder / "slow")) usleep(slow_rebuild);
  return fs::exists(folder / "fails") ? 5 : 0;
}

/// Ends with the number of the first signal that comes.
int wait_for_signal(const fs::path& folder) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : stop_signals) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  write_file(folder / "ready", std::to_string(getppid()));
  int signal = 0;
  sigwait(&set, &signal);
  return signal;
}

int play_scenario(const fs::path& folder, const Words& words) {
  runtime::Keeper keeper = runtime::Keeper::split();
  write_file(folder / "worker", std::to_string(getpid()));
  if (words[0] == "exit") return std::stoi(words[1]);
  if (words[0] == "die") raise(std::stoi(words[1]));
  if (words[0] == "signals") return wait_for_signal(folder);
  keeper.start({"child", folder.string(), "sleep", words[1]});
  while (!fs::exists(folder / "child")) usleep(1000);
  write_file(folder / "ready", std::to_string(getppid()));
  if (words[0] == "leave") return 0;
  while (true) pause();
}

}  // namespace

std::optional<int> play_part(const Words& arguments) {
  if (arguments.size() < 2) return std::nullopt;
  const Words words{arguments.begin() + 2, arguments.end()};
  if (arguments[0] == "child") return play_child(arguments[1], words);
  if (arguments[0] == "rebuild") return play_rebuild(arguments);
  if (arguments[0] == "scenario") return play_scenario(arguments[1], words);
  return std::nullopt;
}

void split_for_tests() { kept().emplace(runtime::Keeper::split()); }

runtime::Keeper& keeper_of_tests() { return *kept(); }

}  // namespace foundation::testing
