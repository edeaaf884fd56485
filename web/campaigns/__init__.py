"""What the pages of campaigns (批量推送) are made of: their forms, previews, figures, charts and workbooks."""
