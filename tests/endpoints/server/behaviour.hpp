#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace foundation::lm_server {

/// What a request for a completion gets.
struct Reaction {
  enum class Kind { answer, raw_body, cut_before, cut_body, hang };
  Kind kind = Kind::answer;
  int status = 200;
  std::string headers{};  ///< more of them, each with its line end
  std::string body{};
  int delay_ms = 0;
};

struct Settings {
  std::string key{};   ///< asked for if not empty
  int latency_ms = 0;  ///< of every completion
  int limit = 0;       ///< completions within the window at most; 0: any number
  int window_ms = 60'000;
  int loading_ms = 0;  ///< 503 for so long after the start
};

/// Decides how the server reacts, and counts what it saw. The name of the model asked for may ask
/// for trouble: "nearest:500x2,slow=30" gives each prompt two 500s first, and takes 30 ms;
/// "needs-repair" leaves out the format until the prompt says that this is wrong.
/// `trouble_of` in behaviour.cpp lists what there is. Thread-safe.
class Behaviour {
 public:
  explicit Behaviour(Settings settings) : settings_{std::move(settings)} {}

  [[nodiscard]] Reaction react(const std::string& authorization, const std::string& body);
  void begin();
  void end(int status);
  void connected();
  [[nodiscard]] std::string stats();
  void reset();

 private:
  using Clock = std::chrono::steady_clock;
  struct Trouble {
    std::string name;
    std::string argument;
    std::optional<int> times;
  };
  [[nodiscard]] static std::vector<Trouble> troubles_in(const std::string& model);
  [[nodiscard]] std::optional<Reaction> refuse(const std::string& authorization);
  [[nodiscard]] std::optional<Reaction> limit();
  [[nodiscard]] Reaction trouble_of(const Trouble& trouble, const std::string& authorization,
                                    const std::string& text) const;

  Settings settings_;
  Clock::time_point started_ = Clock::now();
  std::mutex mutex_;
  std::map<std::string, int> troubled_;  ///< by prompt and trouble
  std::set<std::string> bodies_;
  std::deque<Clock::time_point> recent_;
  std::map<int, std::uint64_t> statuses_;
  std::uint64_t requests_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t prompt_tokens_ = 0;  ///< of all that was answered, or was about to be
  std::uint64_t answer_tokens_ = 0;
  std::uint64_t most_in_window_ = 0;
  int under_way_ = 0;
  int most_at_once_ = 0;
};

}  // namespace foundation::lm_server
