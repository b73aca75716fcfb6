"""Addresses of the pages about notices, subscriptions and channels."""

from django.urls import path

from metrics.pages.channels import channel, channel_new, channel_secret, channel_try
from metrics.pages.notices import (
    alerts_log,
    message_again,
    mute_stop,
    mutes,
    notice_open,
    notices,
    notices_read,
)
from metrics.pages.subscriptions import (
    subscription_edit,
    subscription_new,
    subscription_stop,
    subscriptions,
)

urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/read/", notices_read, name="notices-read"),
    path("notices/<int:number>/", notice_open, name="notice"),
    path("alerts/", subscriptions, name="subscriptions"),
    path("new/subscription/", subscription_new, name="subscription-new"),
    path("alerts/<int:number>/", subscription_edit, name="subscription"),
    path("alerts/<int:number>/end/", subscription_stop, name="subscription-end"),
    path("new/channel/", channel_new, name="channel-new"),
    path("alerts/channels/<int:number>/", channel, name="channel"),
    path("alerts/channels/<int:number>/test/", channel_try, name="channel-test"),
    path("alerts/channels/<int:number>/secret/", channel_secret, name="channel-secret"),
    path("alerts/mutes/", mutes, name="mutes"),
    path("alerts/mutes/<int:number>/end/", mute_stop, name="mute-end"),
    path("alerts/log/", alerts_log, name="alerts-log"),
    path("alerts/messages/<int:number>/again/", message_again, name="message-again"),
]
