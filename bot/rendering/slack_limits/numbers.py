"""Slack's limits as named numbers, in characters unless the name says otherwise.

Reference/slack-web-security.md section 1: docs.slack.dev, slack_sdk 3.47 validators, bolt-js issue 2509.
"""

# Messages
BLOCKS_PER_MESSAGE = 50  # docs: chat.postMessage
BLOCKS_PER_VIEW = 100  # docs: reference/views
MESSAGE_CHARACTERS = 12_000  # our own cap, below the undocumented one
MESSAGE_CHARACTERS_REFUSED = 13_200  # `msg_blocks_too_long` starts near here (bolt-js issue 2509)
TEXT_ADVISED = 4_000  # docs: chat.postMessage, "text"
TEXT_TRUNCATED = 40_000  # docs: chat.postMessage, "text"
MARKDOWN_BLOCK_TEXT = 12_000  # docs: markdown block, summed over the payload
# Blocks
SECTION_TEXT = 3_000
SECTION_FIELDS = 10
FIELD_TEXT = 2_000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
CONTEXT_TEXT = 3_000
ACTIONS_ELEMENTS = 25
INPUT_LABEL = 2_000
INPUT_HINT = 2_000
IMAGE_URL = 3_000
IMAGE_ALT_TEXT = 2_000
IMAGE_TITLE = 2_000
# Elements
PLACEHOLDER = 150
PLAIN_TEXT_INPUT = 3_000
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
BUTTON_URL = 3_000
ACCESSIBILITY_LABEL = 75
SELECT_OPTIONS = 100
SELECT_GROUPS = 100
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTION_DESCRIPTION = 75
RADIO_OPTIONS = 10
CHECKBOX_OPTIONS = 10
OVERFLOW_OPTIONS = 5
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
IDENTIFIER = 255  # action_id, block_id, callback_id, external_id
# Views
MODAL_TITLE = 24
MODAL_BUTTON = 24  # submit, close
PRIVATE_METADATA = 3_000  # docs: modal views; ids only, never content
VIEW_BYTES = 250_000  # docs: views.open, `view_too_large`
MODAL_STACK = 3  # docs: views.push, `push_limit_reached`
# Runtime
TRIGGER_SECONDS = 3  # docs: handling user interaction
ACKNOWLEDGE_SECONDS = 3  # docs: bolt-python, acknowledge
RESPONSE_URL_POSTS = 5  # docs: handling user interaction
RESPONSE_URL_MINUTES = 30
SIGNATURE_SECONDS = 300  # slack_sdk signature verifier, both ways
MESSAGES_PER_SECOND = 1  # docs: rate limits, per channel
