#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace foundation::endpoints {

/// A server that speaks the OpenAI-compatible chat/completions protocol.
struct EndpointOptions {
  std::string url{};  ///< base, "http://localhost:8080/v1"; localhost is each rank's own node
  double weight = 1;  ///< share of the requests, relative to the others
  std::string api_key_env{};   ///< environment variable that holds the key; empty: none
  std::string api_key_file{};  ///< file of mode 0600 that holds it; empty: none
  std::string ca_file{};  ///< certificates to trust instead of the system's; empty: the system's
};

/// What the endpoints may be asked for; 0: no limit. Rates and amounts are those of the whole run.
struct LimitOptions {
  double requests_per_minute = 0;
  double tokens_per_minute = 0;
  std::uint64_t tokens = 0;  ///< in all, of prompts and answers
  double cost = 0;           ///< in all, in the currency of the prices
  double input_price = 0;    ///< of a million tokens of prompts
  double output_price = 0;   ///< of a million tokens of answers
};

struct ClientOptions {
  std::vector<EndpointOptions> endpoints{};
  LimitOptions limits;
  core::Duration request_timeout = std::chrono::seconds{120};
  /// From the first time a request is sent until it is given up; waiting for a budget is free.
  core::Duration deadline = std::chrono::minutes{10};
  std::string cache_folder{};  ///< empty: no cache
};

}  // namespace foundation::endpoints
