#include "bench_lm.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <vector>
#include <sys/resource.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "endpoints/client.hpp"
#include "json_output.hpp"

namespace foundation {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string url;
  std::string model = "default";
  int in_flight = 200;
  int requests = 200;
  int repetitions = 5;
  double rate = 6000;
  int seconds = 5;
};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>{Clock::now() - begin}.count();
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& it) {
    return static_cast<double>(it.tv_sec) + 1e-6 * static_cast<double>(it.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

endpoints::Client make_client(const Options& options, double per_minute) {
  endpoints::ClientOptions made;
  made.endpoints.push_back({.url = options.url});
  made.limits.requests_per_minute = per_minute;
  return endpoints::Client{made};
}

/// Each request is another one, so that no cache of the server's answers it.
endpoints::Request request(const Options& options) {
  static std::atomic<std::uint64_t> number{
      static_cast<std::uint64_t>(Clock::now().time_since_epoch().count())};
  endpoints::Request made{.model = options.model, .max_tokens = 4};
  made.messages = {{"system", "Answer with one word: yes or no."},
                   {"user", fmt::format("Is {} an odd number?", ++number)}};
  return made;
}

void ask(endpoints::Client& client, const Options& options) {
  const auto reply = client.complete(request(options));
  if (const auto* failure = std::get_if<endpoints::Failure>(&reply))
    throw core::Error{core::ErrorKind::infrastructure, failure->message};
}

/// Asks `count` times on `threads` threads that are there already; the time it took.
double ask_many(endpoints::Client& client, const Options& options, int count, int threads) {
  std::atomic<int> next{0};
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  callers.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i)
    callers.emplace_back([&] {
      ++ready;
      go.wait(false);
      for (int k = next++; k < count; k = next++)
        failed += std::holds_alternative<endpoints::Failure>(client.complete(request(options)));
    });
  while (ready < threads) std::this_thread::yield();
  const auto begin = Clock::now();
  go = true;
  go.notify_all();
  for (std::thread& caller : callers) caller.join();
  const double took = seconds_since(begin);
  if (failed > 0)
    throw core::Error{core::ErrorKind::infrastructure,
                      fmt::format("{} of {} requests have failed", failed.load(), count),
                      "is the server made for so many at a time? see --in-flight"};
  return took;
}

/// Median time of a request that is alone.
double single_request_s(endpoints::Client& client, const Options& options) {
  std::vector<double> times;
  for (int i = 0; i < 11; ++i) {
    const auto begin = Clock::now();
    ask(client, options);
    times.push_back(seconds_since(begin));
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

struct Figures {
  double single_s = 0;
  double ideal_s = 0;
  double best_s = 0;
  double median_s = 0;
  double cpu_share = 0;  ///< of a core, while all were under way
  double asked_rate = 0;
  double sent_rate = 0;  ///< a minute
};

void measure_under_way(const Options& options, Figures& figures) {
  endpoints::Client client = make_client(options, 0);
  figures.single_s = single_request_s(client, options);
  const double rounds = std::ceil(static_cast<double>(options.requests) / options.in_flight);
  figures.ideal_s = rounds * figures.single_s;
  std::vector<double> times;
  times.reserve(static_cast<std::size_t>(options.repetitions));
  const double cpu_before = cpu_seconds();
  for (int i = 0; i < options.repetitions; ++i)
    times.push_back(ask_many(client, options, options.requests, options.in_flight));
  double all = 0;
  for (const double time : times) all += time;
  figures.cpu_share = (cpu_seconds() - cpu_before) / all;
  std::ranges::sort(times);
  figures.best_s = times.front();
  figures.median_s = times[times.size() / 2];
}

/// The first request starts the clock: of n requests at a rate, n - 1 have to wait.
void measure_rate(const Options& options, Figures& figures) {
  endpoints::Client client = make_client(options, options.rate);
  const int count = static_cast<int>(options.rate / 60 * options.seconds) + 1;
  const double took = ask_many(client, options, count, options.in_flight);
  figures.asked_rate = options.rate;
  figures.sent_rate = 60 * (count - 1) / (took - figures.single_s);
}

nlohmann::json to_json(const Options& options, const Figures& figures) {
  return {{"schema", 1},
          {"requests", options.requests},
          {"in_flight", options.in_flight},
          {"single_s", figures.single_s},
          {"ideal_s", figures.ideal_s},
          {"best_s", figures.best_s},
          {"median_s", figures.median_s},
          {"ratio", figures.median_s / figures.ideal_s},
          {"cpu_share", figures.cpu_share},
          {"limit_per_minute", figures.asked_rate},
          {"sent_per_minute", figures.sent_rate}};
}

void print(const Options& options, const Figures& figures) {
  fmt::print("{:<34} {:>10} {:>10} {:>10} {:>7}\n", "language-model requests", "ideal", "median",
             "best", "ratio");
  fmt::print("{:<34} {:>8.1f}ms {:>8.1f}ms {:>8.1f}ms {:>7.2f}\n",
             fmt::format("{} requests, {} under way", options.requests, options.in_flight),
             1e3 * figures.ideal_s, 1e3 * figures.median_s, 1e3 * figures.best_s,
             figures.median_s / figures.ideal_s);
  fmt::print("{:<34} {:>8.0f}/m {:>8.0f}/m {:>10} {:>7.2f}\n", "limit of requests a minute",
             figures.asked_rate, figures.sent_rate, "", figures.sent_rate / figures.asked_rate);
  fmt::print("a request alone takes {:.1f} ms; this process took {:.0f} % of a core\n",
             1e3 * figures.single_s, 100 * figures.cpu_share);
}

void run(const Options& options, const Outcome& outcome) {
  Figures figures;
  measure_under_way(options, figures);
  measure_rate(options, figures);
  if (outcome.json) {
    print_json(to_json(options, figures));
  } else {
    print(options, figures);
  }
}

}  // namespace

void add_bench_lm(CLI::App& bench, Outcome& outcome) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = bench.add_subcommand(
      "lm", "Requests under way to a language model's server, and how a limit is kept");
  command->add_option("--url", options->url, "Its base URL: http://localhost:8080/v1")->required();
  command->add_option("--model", options->model, "The model to ask");
  command->add_option("--in-flight", options->in_flight, "Requests under way at a time")
      ->check(CLI::Range(1, 4000));
  command->add_option("--requests", options->requests, "Requests in all")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--repetitions", options->repetitions, "The median of so many rounds")
      ->check(CLI::Range(1, 1000));
  command->add_option("--rate", options->rate, "Requests a minute, for the limit")
      ->check(CLI::Range(1.0, 1e6));
  command->add_option("--seconds", options->seconds, "How long the limit is tried")
      ->check(CLI::Range(1, 3600));
  command->add_flag("--json", outcome.json, "Figures as JSON");
  command->callback([options, &outcome] { run(*options, outcome); });
}

}  // namespace foundation
